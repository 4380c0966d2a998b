"""Every law that can be tried on a scenario, one file a subject."""

from capexmodel.testing.law import Law
from capexmodel.testing.laws import accounts, bounds, monotone, plans, prices, slopes, symmetry

LAWS: tuple[Law, ...] = (*accounts.LAWS, *bounds.LAWS, *monotone.LAWS, *symmetry.LAWS, *slopes.LAWS, *plans.LAWS, *prices.LAWS)
