import asyncio
import queue
from concurrent.futures import ThreadPoolExecutor

kettle = queue.Queue()
kettle.put("water")
assert kettle.get() == "water"              # synchronous, blocking

try:
    kettle.get_nowait()                     # synchronous, non-blocking
except queue.Empty:
    pass                                    # not yet: watch TV, look in again

with ThreadPoolExecutor() as stove:
    whistle = stove.submit(lambda: "water")
    assert whistle.result() == "water"      # asynchronous, blocking


async def evening():
    water = asyncio.create_task(asyncio.sleep(0.01, "water"))
    await asyncio.sleep(0)                  # TV
    assert await water == "water"           # asynchronous, non-blocking


asyncio.run(evening())                      # asynchronous inside, blocking outside
