// The processor's time-stamp counter as a measure of speed that processors of different clock rates share.
#pragma once

namespace dwcp::bench {

// Reference cycles per second, measured against the clock for some 50 ms; 0 where the processor has no such counter.
double reference_cycles_per_second();

}  // namespace dwcp::bench
