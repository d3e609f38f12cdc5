// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "@openzeppelin/contracts/utils/Arrays.sol";

/// @title Arrays kept in ascending order without duplicates
library SortedArrays {
    using Arrays for uint256[];

    error DecreasingValues(uint256 newValue, uint256 lastValue);

    /// @dev Index of the last element that is at most `_value`
    /// @return The index; the array's length when every element is larger
    function findLowerBound(uint256[] storage _array, uint256 _value) internal view returns (uint256) {
        uint256 length = _array.length;
        if (length == 0) {
            return 0;
        }
        // Most look-ups are about the present.
        if (_array[length - 1] <= _value) {
            return length - 1;
        }

        uint256 upper = _array.findUpperBound(_value);
        if (_array[upper] == _value) {
            return upper;
        }
        return upper == 0 ? length : upper - 1;
    }

    /// @dev Appends a value unless it is the last one already
    function pushSorted(uint256[] storage _array, uint256 _value) internal {
        uint256 length = _array.length;
        if (length > 0) {
            uint256 last = _array[length - 1];
            if (_value < last) {
                revert DecreasingValues(_value, last);
            }
            if (_value == last) {
                return;
            }
        }
        _array.push(_value);
    }
}
