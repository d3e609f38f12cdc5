// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

/// @title Percentages in billionths (1 000 000 000 = 100 %); the Minter's base
library MathUtils {
    uint256 public constant PERC_DIVISOR = 1000000000;

    /// @dev Whether a value is between 0 % and 100 %
    function validPerc(uint256 _amount) internal pure returns (bool) {
        return _amount <= PERC_DIVISOR;
    }

    /// @dev `_amount * _fracNum / _fracDenom`; the fraction is rounded down to a percentage first
    function percOf(
        uint256 _amount,
        uint256 _fracNum,
        uint256 _fracDenom
    ) internal pure returns (uint256) {
        return (_amount * percPoints(_fracNum, _fracDenom)) / PERC_DIVISOR;
    }

    /// @dev Percentage `_fracNum` of `_amount`, rounded down
    function percOf(uint256 _amount, uint256 _fracNum) internal pure returns (uint256) {
        return (_amount * _fracNum) / PERC_DIVISOR;
    }

    /// @dev A fraction as a percentage, rounded down
    function percPoints(uint256 _fracNum, uint256 _fracDenom) internal pure returns (uint256) {
        return (_fracNum * PERC_DIVISOR) / _fracDenom;
    }
}
