"""Compare many 16-bit intervals with one, 32 at a time.

Two small pieces of LLVM that numba has no name for: a vector comparison whose result is a bit
mask, and the number of the lowest bit. On any processor they compile to what it has.
"""

from typing import Any, Final

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = ["LANES", "lowest_bit", "overlaps"]

LANES: Final = 32
"""Intervals compared at once; arrays are padded by as many."""


@intrinsic
def _overlaps(
    typing: Any, low: Any, high: Any, at: Any, least: Any, most: Any
) -> Any:  # pragma: no cover
    """Return bit k set where low[at + k] <= most and high[at + k] >= least, k < LANES.

    `low` and `high` are contiguous int16 arrays that hold LANES items from `at` on.
    """
    signature = types.uint32(low, high, types.intp, types.int16, types.int16)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lanes = ir.VectorType(ir.IntType(16), LANES)

        def load(which: int) -> Any:
            array = cgutils.create_struct_proxy(signature.args[which])(  # type: ignore[no-untyped-call]
                context, builder, arguments[which]
            )
            place = builder.gep(array.data, [arguments[2]])
            return builder.load(builder.bitcast(place, lanes.as_pointer()), align=2)

        def spread(value: Any) -> Any:
            single = builder.insert_element(
                ir.Constant(lanes, ir.Undefined), value, ir.Constant(ir.IntType(32), 0)
            )
            zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
            return builder.shuffle_vector(single, ir.Constant(lanes, ir.Undefined), zeros)

        below = builder.icmp_signed("<=", load(0), spread(arguments[4]))
        above = builder.icmp_signed(">=", load(1), spread(arguments[3]))
        return builder.bitcast(builder.and_(below, above), ir.IntType(LANES))

    return signature, generate


@intrinsic
def _lowest_bit(typing: Any, mask: Any) -> Any:  # pragma: no cover
    """Return the number of the lowest bit that is set in a uint32 that is not zero."""
    signature = types.intp(types.uint32)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        bit = builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))
        return builder.zext(bit, ir.IntType(64))

    return signature, generate


# What compiled code calls takes the arguments but for the first.
overlaps: Any = _overlaps
lowest_bit: Any = _lowest_bit
