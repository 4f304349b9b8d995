"""How a shock spreads: the published models over plain matrices, without any facts.

Exposures are square arrays; row i, column j: what i loses when j fails wholly. Stress and loss are shares from 0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.concurrency.lazy_import import lazy_import

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
else:
    np = lazy_import("numpy")

SETTLED = 1e-12
"""An iteration has settled when no entry moves by more."""
MAX_ROUNDS = 1_000
"""Where every loss is passed on almost whole, the fixed point is approached ever more slowly; then this ends it."""


def leverage(exposures: Array, buffers: Array) -> Array:
    """Exposure per unit of buffer; without a buffer any exposure takes everything (1)."""
    whole = np.where(exposures > 0, 1.0, 0.0)
    return np.divide(exposures, buffers[:, None], out=whole, where=buffers[:, None] > 0)


def debtrank_2012(exposures: Array, buffers: Array, stress: Array, rounds: int = MAX_ROUNDS) -> Array:
    """Battiston et al. 2012: stress after each node has spread once, in the round after it was first hit.

    A node that has spread still takes in more. `rounds` cuts it short."""
    impact = np.minimum(leverage(exposures, buffers), 1)
    hit, spread = stress.copy(), np.zeros(len(stress), dtype=bool)
    for _ in range(rounds):
        spreading = (hit > 0) & ~spread
        if not spreading.any():
            break
        hit = np.minimum(1, hit + impact @ np.where(spreading, hit, 0))
        spread |= spreading
    return hit


def debtrank_2015(exposures: Array, buffers: Array, stress: Array, rounds: int = MAX_ROUNDS) -> Array:
    """Bardoscia et al. 2015: every further loss is passed on, up to the fixed point; equity left is
    buffer * (1 - stress)."""
    impact = leverage(exposures, buffers)
    hit, more = stress.copy(), stress
    for _ in range(rounds):
        if not (more > SETTLED).any():
            break
        now = np.minimum(1, hit + impact @ more)
        hit, more = now, now - hit
    return hit


def additional_stress(stress: Array, hit: Array, weights: Array) -> float:
    """What a shock adds to itself: the weighted stress after less the weighted stress before."""
    return float((hit - stress) @ weights / weights.sum())


def cascade(shares: Array, fail: Array, threshold: float) -> tuple[Array, NDArray[np.bool_]]:
    """Shares of lost inputs (n firms) and which firms failed: a firm fails once it has lost at least `threshold`, in
    rounds until no further firm fails.

    `shares`: row i, column j: the part of what i needs that comes from j; `fail`: 1 for those that fail first."""
    failed = fail > 0
    while True:
        lost = shares @ failed.astype(float)
        # as if summed exactly: two thirds of three equal parts are two thirds
        now = failed | ((lost >= threshold - SETTLED) & (lost > 0))
        if (now == failed).all():
            return np.where(fail > 0, 1.0, np.minimum(1, lost)), failed
        failed = now


@dataclass(frozen=True)
class Economy:
    """Sales by sector: `sales[k, i, j]` is what firm i sells to firm j of sector k; `essential[k, j]`: whether j
    cannot produce without sector k."""

    sales: Array
    essential: NDArray[np.bool_]

    @property
    def size(self) -> Array:
        """What each firm sells in all."""
        total: Array = self.sales.sum(axis=(0, 2))
        return total


def esri(economy: Economy, shock: Array) -> Array:
    """Loss of output of every firm (Diem et al. 2022), `shock` being what each loses at first.

    Downstream, output falls by the most missing essential sector, and linearly with what is missing of the others by
    their share in all that is bought; a supplier is missed by its share in the sector's sales that are still made.
    Upstream, output falls with the demand that is lost, weighted by sales. The two are computed separately; the
    larger loss counts."""
    limit = 1 - shock
    down, up = limit, limit
    for _ in range(MAX_ROUNDS):
        was = (down, up)
        missing = economy.sales * (_missed(economy.sales, up) * (1 - down))[:, :, None]
        down = np.minimum(limit, 1 - _lacking(economy, missing.sum(axis=1)))
        up = np.minimum(limit, _remaining_demand(economy, up))
        if max(np.abs(down - was[0]).max(initial=0), np.abs(up - was[1]).max(initial=0)) <= SETTLED:
            break
    loss: Array = 1 - np.minimum(down, up)
    return loss


def economic_loss(economy: Economy, loss: Array) -> float:
    """The ESRI of the failed firms: loss of output weighted by sales, over all sales; from 0 to 1."""
    return float(economy.size @ loss / economy.size.sum()) if economy.size.any() else 0.0


def _missed(sales: Array, producing: Array) -> Array:
    """By sector and supplier: its part of what the sector still sells, at most all of it."""
    sold = sales.sum(axis=2)
    return _ratio(sold, np.maximum(sold, (sold @ producing)[:, None]), np.zeros_like(sold))


def _lacking(economy: Economy, missing: Array) -> Array:
    """By buyer: the share of output that what is missing (by sector and buyer) takes."""
    bought = economy.sales.sum(axis=1)
    needed = np.where(economy.essential, _ratio(missing, bought, np.zeros_like(bought)), 0)
    rest = np.where(economy.essential, 0, missing).sum(axis=0)
    linear = _ratio(rest, bought.sum(axis=0), np.zeros_like(rest))
    lost: Array = np.maximum(needed.max(axis=0, initial=0), linear)
    return lost


def _remaining_demand(economy: Economy, buying: Array) -> Array:
    """By firm: the part of its sales that is still bought; all of nothing where it sells nothing."""
    return _ratio((economy.sales @ buying).sum(axis=0), economy.size, np.ones_like(economy.size))


def _ratio(part: Array, whole: Array, without: Array) -> Array:
    """part / whole, elementwise; the entry of `without` where the whole is 0."""
    shares: Array = np.divide(part, whole, out=without.copy(), where=whole > 0)
    return shares
