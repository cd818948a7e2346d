import asyncio
import contextvars
import threading

by_thread = threading.local()
by_task = contextvars.ContextVar("request")


async def request(number):
    by_thread.number = number
    by_task.set(number)
    await asyncio.sleep(0.01)               # the others run meanwhile
    return by_thread.number, by_task.get()


async def requests():
    return await asyncio.gather(*(request(number) for number in (1, 2, 3)))


assert asyncio.run(requests()) == [(3, 1), (3, 2), (3, 3)]
