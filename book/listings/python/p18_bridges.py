import asyncio
import threading


async def answer():
    return 42


async def main():
    loop = asyncio.get_running_loop()
    heard = []                                  # a thread asks a task
    ask = lambda: heard.append(asyncio.run_coroutine_threadsafe(answer(), loop).result())
    thread = threading.Thread(target=ask)
    thread.start()
    await asyncio.to_thread(thread.join)        # a task asks a thread
    assert heard == [42]

    try:                                        # 1. run inside of run
        asyncio.run(coroutine := answer())
    except RuntimeError as error:
        assert "running event loop" in str(error)
    coroutine.close()
    task = asyncio.run_coroutine_threadsafe(answer(), loop)
    try:                                        # 2. for ever, without the limit
        task.result(timeout=0.01)
    except TimeoutError:
        pass


asyncio.run(main())
