"""From a Problem to a Plan: its choices as a free vector, the search, the judge, prices, swings and conflicts."""
