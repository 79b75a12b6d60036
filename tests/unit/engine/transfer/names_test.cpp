#include "engine/transfer/names.hpp"

#include <gtest/gtest.h>

namespace dwcp::transfer {
namespace {

TEST(TransferNames, OrdinaryOnesAreTaken) {
  for (const char* name :
       {"a", "disk.img", "with space", "memory-1.raw", ".hidden", "...", "a..b", "r\xc3\xa9sum\xc3\xa9"})
    EXPECT_EQ(check_name(name).value(), name);
  EXPECT_TRUE(check_name(std::string(239, 'x')));
}

TEST(TransferNames, WhatLeavesTheFolderIsRefused) {
  for (const char* name : {"", ".", "..", "/etc/passwd", "../a", "a/b", "a/../../b", "a/"}) {
    const auto checked = check_name(name);
    ASSERT_FALSE(checked) << name;
    EXPECT_EQ(checked.error().code, make_error_code(Errc::refused));
    EXPECT_NE(checked.error().detail.find(in_quotes(name)), std::string::npos);
  }
}

TEST(TransferNames, WhatCouldDeceiveIsRefused) {
  EXPECT_FALSE(check_name(std::string("a\0b", 3)));
  EXPECT_FALSE(check_name("a\nb"));
  EXPECT_FALSE(check_name("a\x1b[2Jb"));
  EXPECT_FALSE(check_name("disk.partial"));
  EXPECT_FALSE(check_name("disk.partial-blocks"));
  EXPECT_FALSE(check_name(std::string(240, 'x')));
}

TEST(TransferNames, MessagesShowNoControlCharacters) {
  EXPECT_EQ(in_quotes("a\x1b[2J"), "'a\\x1b[2J'");
  EXPECT_EQ(in_quotes("plain"), "'plain'");
}

}  // namespace
}  // namespace dwcp::transfer
