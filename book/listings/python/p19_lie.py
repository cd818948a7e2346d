import statistics


def latencies(closed):
    """A server that needs a millisecond, and stands still from 0.3 s to 1.3 s."""
    due = free = 0.0
    took = []
    for n in range(500):
        begins = max(due, free)                 # one at a time
        if 0.3 <= begins < 1.3:
            begins = 1.3
        free = begins + 0.001
        took.append(free - due)
        due = free + 0.01 if closed else (n + 1) * 0.01
    return statistics.quantiles(took, n=100)


assert latencies(closed=True)[98] < 0.002       # p99: one in 500 was slow
assert latencies(closed=False)[98] > 0.9        # a hundred were
