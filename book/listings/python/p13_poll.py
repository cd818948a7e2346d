class Boil:
    """Not ready for so many questions; then it gives a cup."""

    def __init__(self, questions):
        self.questions = questions

    def __await__(self):
        for _ in range(self.questions):
            yield                               # Pending
        return 1                                # Ready


async def tea():
    water = await Boil(2)
    leaves = await Boil(1)
    return water + leaves


asked, cup = 0, tea()
while True:
    asked += 1
    try:
        cup.send(None)                          # poll
    except StopIteration as ready:
        assert (ready.value, asked) == (2, 4)
        break
