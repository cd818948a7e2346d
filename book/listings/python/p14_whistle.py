import asyncio
import threading


async def kettle():
    loop = asyncio.get_running_loop()
    boils = asyncio.Event()
    stove = threading.Thread(target=lambda: loop.call_soon_threadsafe(boils.set))
    stove.start()                               # boils.set() alone would wake nobody
    await boils.wait()
    stove.join()
    return "tea"


assert asyncio.run(kettle()) == "tea"
