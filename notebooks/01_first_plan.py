# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A first plan
#
# What does an envelope of 115 to 135 billion dollars buy, and when is the model done? First on empty sites, where the answer is clean;
# then for a company that already has a fleet, sites with promised power, and three models to train.

# %%
# %matplotlib inline
import capexmodel as cm

# %% [markdown]
# ## Greenfield
#
# A scenario is everything given: prices, lead times, sites, supply, people. A problem says what is wanted and what may not be exceeded.
# Without further words every limit of the scenario holds.

# %%
problem = cm.Problem(cm.load("greenfield"), minimize=cm.TimeToModel())
plan = cm.optimize(problem, starts=1)
print(plan)

# %% [markdown]
# The plan carries its proof: the optimality error is worked out again by a routine that shares nothing with the solver.

# %%
print(plan.status, plan.certificate.kkt_error)

# %%
pictures = cm.figures(plan)
pictures["spend"]

# %%
pictures["power"]

# %%
pictures["work"]

# %% [markdown]
# Everything is a table too. Where do the dollars go?

# %%
tables = cm.tables(plan)
tables["spend"].groupby(["account", "item"]).usd.sum().div(1e9).round(2)

# %% [markdown]
# What is one unit more of a limit worth? Prices hold within the range beside them.

# %%
tables["shadow_prices"].head(10)

# %% [markdown]
# ## The programme of 2026
#
# The same question for a company with a fleet, commitments, and a programme of three models.

# %%
programme = cm.optimize(cm.Problem(cm.load("meta_2026")), starts=1, ranges=False)
print(programme)

# %%
pictures = cm.figures(programme)
pictures["spend"]

# %%
pictures["work"]

# %% [markdown]
# Any figure can be replaced, with its unit. Here the envelope ends ten billion lower.

# %%
poorer = cm.optimize(cm.Problem(cm.load("meta_2026", ["envelope.high=125 B$"])), starts=1, ranges=False)
days = (poorer.value - programme.value) / 86400
print(f"Ten billion dollars less in 2026: the weighted mean date is {days:.1f} days later")
assert days > 0
