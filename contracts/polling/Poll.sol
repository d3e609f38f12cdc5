// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

/// @title One question put to stakeholders (LIP-16)
/// @dev Only records votes: whoever counts them takes each voter's last one and weighs it by stake at the end block.
contract Poll {
    /// @notice Last block in which votes count
    uint256 public endBlock;

    /// @notice An account voted: 0 is yes, 1 is no
    event Vote(address indexed voter, uint256 choiceID);

    modifier isActive() {
        require(block.number <= endBlock, "poll is over");
        _;
    }

    /// @param _endBlock Last block in which votes count
    constructor(uint256 _endBlock) {
        endBlock = _endBlock;
    }

    /// @notice Votes, again if need be
    /// @param _choiceID 0 for yes, 1 for no
    function vote(uint256 _choiceID) external isActive {
        emit Vote(msg.sender, _choiceID);
    }

    /// @notice Ends the contract of a poll that is over
    /// @dev Since the Cancun fork this only sends its ether to the caller; the code stays.
    function destroy() external {
        require(block.number > endBlock, "poll is active");
        selfdestruct(payable(msg.sender));
    }
}
