import asyncio


async def main():
    lock, had = asyncio.Lock(), []

    async def turns(name, n):
        for _ in range(n):
            async with lock:
                had.append(name)
                await asyncio.sleep(0.001)

    await asyncio.gather(turns("A", 4), turns("B", 1), turns("C", 1))
    assert "".join(had) == "ABCAAA"             # first come, first served

    await lock.acquire()
    gives_up = asyncio.create_task(lock.acquire())
    waits = asyncio.create_task(lock.acquire())
    await asyncio.sleep(0)                      # both are in line
    lock.release()                              # the first is woken ...
    gives_up.cancel()                           # ... and gives up
    assert await asyncio.wait_for(waits, 60)    # the next one has it


asyncio.run(main())
