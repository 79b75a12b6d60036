#include "sim/loss.hpp"

#include <string>

namespace dwcp::sim {

LossOptions LossOptions::bursty(double mean, double burst) {
  LossOptions o;
  o.bad = 1;
  o.bad_to_good = 1 / burst;
  o.good_to_bad = mean * o.bad_to_good / (1 - mean);  // makes the share of time in the bad state `mean`
  check(o);
  return o;
}

void check(const LossOptions& o) {
  const auto in_range = [](const char* name, double p) {
    if (!(p >= 0 && p <= 1))
      throw Error(Errc::bad_value, std::string("loss: ") + name + " = " + std::to_string(p) + " is no probability");
  };
  in_range("good", o.good);
  in_range("bad", o.bad);
  in_range("good_to_bad", o.good_to_bad);
  in_range("bad_to_good", o.bad_to_good);
}

double mean_loss(const LossOptions& o) {
  const double changes = o.good_to_bad + o.bad_to_good;
  const double share_bad = changes > 0 ? o.good_to_bad / changes : 0;
  return o.good * (1 - share_bad) + o.bad * share_bad;
}

bool LossProcess::next(Random& random) {
  if (options_.good_to_bad > 0 || bad_)
    bad_ = bad_ ? !random.chance(options_.bad_to_good) : random.chance(options_.good_to_bad);
  const double probability = bad_ ? options_.bad : options_.good;
  return probability > 0 && random.chance(probability);
}

}  // namespace dwcp::sim
