"""What stops a recommender from being trained."""


class NothingToLearnError(ValueError):
    """The data of a day or period has nothing in it that could be learnt."""
