"""Shape aliases, and the one switch the numerical rooms share: 64-bit floats.

Accounts are kept in float64 because the float32 step at $125B is $8,192. Importing this module turns JAX's 64-bit mode on for the process.
"""

import jax
from jaxtyping import Array, Float

from capexmodel.errors import ModelError

jax.config.update("jax_enable_x64", True)

Scalar = Float[Array, ""]
BySiteEdge = Float[Array, "site edge"]
ByPeriod = Float[Array, "period"]
ByJobPeriod = Float[Array, "job period"]
ByYear = Float[Array, "year"]


def require_x64() -> None:
    """Stop if somebody has switched 64-bit floats off.

    Raises: ModelError with the remedy.
    """
    if not jax.config.read("jax_enable_x64"):
        raise ModelError("64-bit floats are switched off: set jax_enable_x64 to True again, capexmodel's accounts need it")
