# An acknowledgement of an older version makes its content the base of deltas to the newer one that is under way, and
# the receiver takes what comes of it for the page.
set(scenario outages)
set(kind "migrations.completed == 1")
set(component hde)
set(file_1 acknowledge.cpp)
set(replaced_1 [==[    if (is_under_way_in(table_.at(page.page.key), id, page.page)) settle(page);
]==])
set(planted_1 [==[    settle(page);
]==])
set(file_2 decoder.cpp)
set(replaced_2 [==[  if (checksum_of(content.hash) != record.checksum) return Outcome::checksum;
  content.bytes = page.data();
]==])
set(planted_2 [==[  content.bytes = page.data();
]==])
