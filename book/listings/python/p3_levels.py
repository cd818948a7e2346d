import asyncio
import time


async def sibling(log):
    log.append("sibling")


async def freezes(log):
    task = asyncio.create_task(sibling(log))
    time.sleep(0.01)                        # blocks the thread: nobody runs
    log.append("slept")
    await task


async def lets_run(log):
    task = asyncio.create_task(sibling(log))
    await asyncio.to_thread(time.sleep, 0.01)   # blocks another thread
    await task
    log.append("slept")


log = []
asyncio.run(freezes(log))
assert log == ["slept", "sibling"]

log = []
asyncio.run(lets_run(log))
assert log == ["sibling", "slept"]
