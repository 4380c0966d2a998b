"""What a problem looks at: orders and dates together, and everything that follows from them."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from capexmodel.model import compute, money, purchase, timing, training
from capexmodel.model.allocation import Orders
from capexmodel.model.curve import Curve, curve
from capexmodel.model.fleet import Stock, fleet
from capexmodel.model.pace import Pace, pace
from capexmodel.model.scenario import Scenario


class Choice(eqx.Module):
    """Orders, and for each job the instant by which its run and its research must be done.

    Dates are chosen here and bounded below by the work (`Work`, `Readiness`), where `simulate` computes them: both agree at an optimum,
    and the problem stays smooth and nearly linear.
    """

    orders: Orders
    end_s: Float[Array, "job"]


class Sums(eqx.Module):
    """The few sums of a choice on which everything that is not affine depends. Each is affine in orders and dates."""

    near_eflops: Float[Array, "job period"]
    experiment_eflops: Float[Array, "period"]
    heads_count: Float[Array, "period"]
    bought_count: Float[Array, "vendor decision"]
    end_s: Float[Array, "job"]
    list_capex_usd: Float[Array, "year"]
    other_usd: Float[Array, "year"]


class Gist(eqx.Module):
    """A scenario, the pace of its runs and the sums of a choice: all that objectives and curved limits look at."""

    scenario: Scenario
    pace: Pace
    sums: Sums

    @property
    def date_s(self) -> Float[Array, "job"]:
        """When each model is out."""
        return self.sums.end_s + self.scenario.job.release_lag_s

    def _premium_usd(self) -> Float[Array, "year"]:
        return jnp.sum(purchase.premium_usd(self.scenario, self.sums.bought_count), axis=0) @ money.by_year_ordered(self.scenario)

    def capex_usd(self) -> Float[Array, "year"]:
        """Capital expenditure by year, premiums included."""
        return self.sums.list_capex_usd + self._premium_usd()

    def present_usd(self) -> Float[Array, ""]:
        """Present cost of every account together."""
        return (self.capex_usd() + self.sums.other_usd) @ money.discount(self.scenario)

    def run_done_eflop(self, time_s: Float[Array, "job"]) -> Float[Array, "job"]:
        """Work of each job's run by an instant of its own."""
        rates = self.pace.useful.useful_eflops(self.sums.near_eflops)
        return jax.vmap(Curve.done)(training.curves(self.scenario, rates), time_s)

    def research_done_eflop(self, time_s: Float[Array, "job"]) -> Float[Array, "job"]:
        """Research done by each instant."""
        research, mfu = self.scenario.research, self.pace.useful.small_mfu
        rate = research.useful_eflops(self.sums.experiment_eflops, self.sums.heads_count, mfu)
        search = curve(self.scenario.calendar.period_edges_s, rate)
        return jax.vmap(search.done)(time_s)


class View(eqx.Module):
    """A choice in its scenario, with pace, stock and books worked out once: all that affine limits look at."""

    scenario: Scenario
    pace: Pace
    choice: Choice
    stock: Stock
    money: money.Money

    @property
    def orders(self) -> Orders:
        """What is bought."""
        return self.choice.orders

    @property
    def date_s(self) -> Float[Array, "job"]:
        """When each model is out."""
        return self.choice.end_s + self.scenario.job.release_lag_s

    def installed_eflops(self) -> Float[Array, "site period"]:
        """Compute that stands at each site in the mean of a period. That it also has hall, power and network is for the balances."""
        return timing.mean(self.stock.installed_eflops())

    def core_eflops(self) -> Float[Array, "period"]:
        """What the core takes."""
        return compute.core_eflops(self.scenario)

    def sums(self) -> Sums:
        """Add up what curved limits look at."""
        return Sums(
            near_eflops=training.near_eflops(self.scenario, self.pace, self.orders.run_eflops),
            experiment_eflops=self.orders.experiment_eflops,
            heads_count=timing.mean(self.stock.heads_count),
            bought_count=purchase.bought_count(self.scenario, self.orders.chips_count),
            end_s=self.choice.end_s,
            list_capex_usd=self.money.list_capex_usd,
            other_usd=self.money.operating_usd + self.money.acquisition_usd,
        )

    def gist(self) -> Gist:
        """The short form."""
        return Gist(self.scenario, self.pace, self.sums())


def view(scenario: Scenario, choice: Choice, speed: Pace | None = None) -> View:
    """Work out what follows from a choice; the pace of runs too, where it is not at hand."""
    stock = fleet(scenario, choice.orders)
    return View(scenario, pace(scenario) if speed is None else speed, choice, stock, money.account(scenario, choice.orders, stock))


def nothing(scenario: Scenario) -> Choice:
    """The choice that buys nothing and runs nothing."""
    c = scenario.calendar
    accelerators, sites = len(scenario.accelerator.names), len(scenario.site.names)
    decisions, periods = len(c.decisions), len(c.periods)
    orders = Orders(
        chips_count=jnp.zeros((accelerators, sites, decisions)),
        hall_w=jnp.zeros((len(scenario.hall.names), sites, decisions)),
        source_w=jnp.zeros((len(scenario.source.names), sites, decisions)),
        energy_j=jnp.zeros((len(scenario.source.names), sites, len(c.years))),
        ports_count=jnp.zeros((sites, decisions)),
        reserve_usd=jnp.zeros(len(c.years)),
        rented_count=jnp.zeros((len(scenario.rental.names), decisions)),
        hires_count=jnp.zeros(decisions),
        taken=jnp.zeros(len(scenario.deal.names)),
        run_eflops=jnp.zeros((len(scenario.job.names), sites, periods)),
        experiment_eflops=jnp.zeros(periods),
    )
    return Choice(orders, jnp.zeros(len(scenario.job.names)))
