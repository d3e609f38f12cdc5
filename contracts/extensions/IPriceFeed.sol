// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

/// @title What nodes ask a Chainlink feed; the contract itself is not ours
interface IPriceFeed {
    /// @notice Pair of currencies, such as "ETH / USD"
    function description() external view returns (string memory);

    /// @notice Decimals of the answer
    function decimals() external view returns (uint8);

    /// @notice Latest price, and when it was made
    function latestRoundData()
        external
        view
        returns (
            uint80 roundId,
            int256 answer,
            uint256 startedAt,
            uint256 updatedAt,
            uint80 answeredInRound
        );
}
