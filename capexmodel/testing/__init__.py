"""Laws that any scenario must satisfy, and what it takes to try them on one's own: `check(scenario)`, strategies for Hypothesis."""

from capexmodel.testing.cases import Reach
from capexmodel.testing.check import EXAMPLES, Checked, Fared, again, check
from capexmodel.testing.law import Kind, Law, Verdict, law
from capexmodel.testing.laws import LAWS

__all__ = ["EXAMPLES", "LAWS", "Checked", "Fared", "Kind", "Law", "Reach", "Verdict", "again", "check", "law"]
