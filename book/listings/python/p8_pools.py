from concurrent.futures import ThreadPoolExecutor, as_completed

with ThreadPoolExecutor(max_workers=2) as pool:     # shuts down and waits
    letters = pool.submit(len, "waiting")
    assert letters.result() == 7

    assert list(pool.map(lambda n: n * n, range(1, 5))) == [1, 4, 9, 16]

    failed = pool.submit(int, "12a")
    assert isinstance(failed.exception(), ValueError)

    words = {pool.submit(len, word): word for word in ("waiting", "well")}
    for done in as_completed(words):                # the key is found by hand
        assert done.result() == len(words[done])

    heard = []
    pool.submit(lambda: 42).add_done_callback(lambda done: heard.append(done.result()))
assert heard == [42]
