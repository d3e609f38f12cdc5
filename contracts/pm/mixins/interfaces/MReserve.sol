// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

/// @title Reserve that backs tickets when a deposit runs out
abstract contract MReserve {
    struct ReserveInfo {
        uint256 fundsRemaining; // wei left
        uint256 claimedInCurrentRound; // wei claimed in the current round by everyone
    }

    event ReserveFunded(address indexed reserveHolder, uint256 amount);
    event ReserveClaimed(address indexed reserveHolder, address claimant, uint256 amount);

    /// @notice State of a reserve
    /// @param _reserveHolder Holder
    function getReserveInfo(address _reserveHolder) public view virtual returns (ReserveInfo memory info);

    /// @notice Wei an active transcoder can still claim from a reserve in this round
    /// @param _reserveHolder Holder
    /// @param _claimant Transcoder
    function claimableReserve(address _reserveHolder, address _claimant) public view virtual returns (uint256);

    /// @notice Wei a transcoder has claimed from a reserve in this round
    /// @param _reserveHolder Holder
    /// @param _claimant Transcoder
    function claimedReserve(address _reserveHolder, address _claimant) public view virtual returns (uint256);

    /// @dev Adds to a reserve
    function addReserve(address _reserveHolder, uint256 _amount) internal virtual;

    /// @dev Empties a reserve; what was claimed in the round stays on record
    function clearReserve(address _reserveHolder) internal virtual;

    /// @dev Claims up to an amount
    /// @return Claimed wei
    function claimFromReserve(
        address _reserveHolder,
        address _claimant,
        uint256 _amount
    ) internal virtual returns (uint256);

    /// @dev Wei left in a reserve
    function remainingReserve(address _reserveHolder) internal view virtual returns (uint256);
}
