import asyncio


async def fetch(letters, signing, book):
    letter = await letters.get()
    try:
        async with signing:                     # cancelled here: it is in our hands
            book.append(letter)
    except asyncio.CancelledError:
        letters.put_nowait(letter)              # put back, at the other end
        raise
    return letter


async def main():
    letters, signing, book = asyncio.Queue(), asyncio.Lock(), []
    letters.put_nowait("a letter")
    async with signing:                         # somebody else is signing
        task = asyncio.create_task(fetch(letters, signing, book))
        await asyncio.sleep(0)
        assert letters.empty()
        task.cancel()
        await asyncio.wait([task])
    assert task.cancelled() and not book
    assert letters.get_nowait() == "a letter"


asyncio.run(main())
