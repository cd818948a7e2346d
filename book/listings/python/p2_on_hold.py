import asyncio
import threading


async def call():
    await asyncio.sleep(0.02)               # on hold
    return threading.current_thread().name  # who took the notes?


async def calls():
    return await asyncio.gather(*(call() for _ in range(1000)))


assert set(asyncio.run(calls())) == {"MainThread"}
