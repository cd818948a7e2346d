from itertools import permutations


def add(shared):
    seen = shared["n"]
    yield                                       # here the other may come
    shared["n"] = seen + 1


def run(order):
    shared = {"n": 0}
    threads = [add(shared), add(shared)]
    for who in order:
        next(threads[who], None)
    return shared["n"]


# A model checker: every order of two steps of each of two threads.
orders = sorted(set(permutations([0, 0, 1, 1])))
wrong = [order for order in orders if run(order) != 2]
assert (len(orders), len(wrong)) == (6, 4)
