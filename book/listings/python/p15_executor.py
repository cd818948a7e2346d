from collections import deque


class Turn:
    def __await__(self):
        yield


async def count(name, log):
    for n in range(2):
        log.append((name, n))
        await Turn()


log = []
ready = deque([count("a", log), count("b", log)])
while ready:                                    # an executor, without a whistle
    task = ready.popleft()
    try:
        task.send(None)
        ready.append(task)
    except StopIteration:
        pass
assert log == [("a", 0), ("b", 0), ("a", 1), ("b", 1)]
