import asyncio
import threading

# Threads: a lock that is not had in time says so, if it is asked with a timeout. Nothing else does.
forks = [threading.Lock() for _ in range(5)]
for fork in forks:
    fork.acquire()                              # five have a left fork each
assert not forks[1].acquire(timeout=0.01)
for fork in forks:
    fork.release()


# Tasks: the future of a dropped wait is cancelled, not kept; there is no futurelock.
async def two_acquires():
    lock = asyncio.Lock()
    await lock.acquire()
    first = asyncio.ensure_future(lock.acquire())   # a task: it is asked, whatever we do
    await asyncio.sleep(0)
    second = asyncio.ensure_future(lock.acquire())
    lock.release()
    await first
    lock.release()
    await second
    return "has it, twice"


assert asyncio.run(two_acquires()) == "has it, twice"
