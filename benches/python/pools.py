"""The rows of the bench `pools` on Python's ThreadPoolExecutor: `pools.py ROW N` prints the nanoseconds
of N operations."""

import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from time import perf_counter_ns


def job(n):
    return n


def submit_wait(pool, n):
    for i in range(n):
        pool.submit(job, i).result()


def submit_many(pool, n):
    for future in [pool.submit(job, i) for i in range(n)]:
        future.result()


def as_they_complete(pool, n):
    assert sum(1 for _ in as_completed([pool.submit(job, i) for i in range(n)])) == n


def map_tiny(pool, n):
    assert sum(pool.map(lambda i: i * i ^ i, range(n))) >= 0


ROWS = {
    "submit/wait": submit_wait,
    "submit/many": submit_many,
    "as_completed/empty": as_they_complete,
    "map/tiny": map_tiny,
}

if __name__ == "__main__":
    row, n = ROWS[sys.argv[1]], int(sys.argv[2])
    with ThreadPoolExecutor(max_workers=2) as pool:
        submit_many(pool, 2)  # its threads are there
        start = perf_counter_ns()
        row(pool, n)
        print(perf_counter_ns() - start)
