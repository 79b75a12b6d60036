# A chunk that a lost stream had is counted as acknowledged when another stream takes it, and again when it is.
set(scenario lost-streams)
set(kind session_accounts)
set(component amst)
set(file_1 session_write.cpp)
set(replaced_1 [==[      stats_.bytes_resent += chunk->again;
]==])
set(planted_1 [==[      stats_.payload_acknowledged += chunk->again;
      stats_.bytes_resent += chunk->again;
]==])
