"""Figures in cells: three digits, and a unit."""


def span(seconds: float) -> str:
    return f"{seconds * 1e3:.0f} ms" if seconds < 0.9995 else f"{seconds:.2f} s" if seconds < 9.995 else f"{seconds:.1f} s"


def bit_rate(bytes_per_s: float) -> str:
    return f"{bytes_per_s / 1e9:.2f} GB/s" if bytes_per_s >= 100e6 else f"{bytes_per_s * 8 / 1e6:.1f} Mbit/s"


def byte_rate(bytes_per_s: float) -> str:
    return f"{bytes_per_s / 1e6:.0f} MB/s"


def size(count: float) -> str:
    return f"{count / 2**20:.1f} MiB"
