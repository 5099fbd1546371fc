import resource


def peak_mb() -> float:
    """The largest resident size this process has had, in MB of 1,048,576 bytes (Linux counts in units of 1,024)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
