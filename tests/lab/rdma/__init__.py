"""A guest with Debian's stock kernel, which has SoftRoCE and netem, and whose root is this machine's."""
