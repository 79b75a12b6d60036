"""What the emulated line makes of a TCP segment of 1500 bytes of IP."""
MTU_PAYLOAD, MTU_FRAME = 1448, 1514  # of a full TCP segment with time stamps; as the interfaces' counters count it
LINE_OVERHEAD = 24                   # what the emulator adds to a frame, as Ethernet does


def payload_rate(rate: float) -> float:
    """Bytes a second that TCP can carry at most over a line of `rate` bit/s, when nothing is lost."""
    return rate / 8 * MTU_PAYLOAD / (MTU_FRAME + LINE_OVERHEAD)
