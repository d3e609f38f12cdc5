// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "./Poll.sol";

/// @title What the poll creator asks about stake
interface IBondingManager {
    /// @notice LPT wei delegated to an account, its own stake included
    function transcoderTotalStake(address _addr) external view returns (uint256);

    /// @notice Stake of a delegator with its unclaimed rewards in LPT wei
    function pendingStake(address _addr, uint256 _endRound) external view returns (uint256);
}

/// @title Makes polls for accounts with enough stake (LIP-16; LIP-73 made the cost a threshold)
contract PollCreator {
    /// @notice Share of the stake that must vote, 1 000 000 = 100 %
    uint256 public constant QUORUM = 333300;
    /// @notice Share of the votes that must be yes, 1 000 000 = 100 %
    uint256 public constant QUOTA = 500000;
    /// @notice Blocks a poll lasts: ten rounds of 5760
    uint256 public constant POLL_PERIOD = 10 * 5760;
    /// @notice Stake a creator needs, in LPT wei; nothing is taken
    uint256 public constant POLL_CREATION_COST = 100 * 1 ether;

    /// @notice Where stake is read
    IBondingManager public bondingManager;

    /// @notice A poll was made; `proposal` names what it is about, as a rule an IPFS CID in UTF-8
    event PollCreated(address indexed poll, bytes proposal, uint256 endBlock, uint256 quorum, uint256 quota);

    /// @param _bondingManagerAddr BondingManager
    constructor(address _bondingManagerAddr) {
        bondingManager = IBondingManager(_bondingManagerAddr);
    }

    /// @notice Makes a poll; the caller needs the stake, its own or delegated to it
    /// @param _proposal What the poll is about
    function createPoll(bytes calldata _proposal) external {
        // The round of pendingStake is not used: it is always the current one.
        require(
            bondingManager.pendingStake(msg.sender, 0) >= POLL_CREATION_COST ||
                bondingManager.transcoderTotalStake(msg.sender) >= POLL_CREATION_COST,
            "PollCreator#createPoll: INSUFFICIENT_STAKE"
        );

        uint256 endBlock = block.number + POLL_PERIOD;
        Poll poll = new Poll(endBlock);
        emit PollCreated(address(poll), _proposal, endBlock, QUORUM, QUOTA);
    }
}
