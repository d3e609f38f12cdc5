// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "@openzeppelin/contracts-upgradeable/governance/GovernorUpgradeable.sol";
import "@openzeppelin/contracts-upgradeable/governance/extensions/GovernorSettingsUpgradeable.sol";
import "@openzeppelin/contracts-upgradeable/governance/extensions/GovernorTimelockControlUpgradeable.sol";
import "@openzeppelin/contracts-upgradeable/governance/extensions/GovernorVotesQuorumFractionUpgradeable.sol";
import "@openzeppelin/contracts-upgradeable/governance/extensions/GovernorVotesUpgradeable.sol";
import "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";

import "../ManagerProxyTarget.sol";
import "../libraries/MathUtils.sol";
import "./GovernorCountingOverridable.sol";
import "./Treasury.sol";

/// @title Proposals and votes over the treasury, by stake (LIP-89)
/// @dev The order of the bases is the order of the storage slots.
contract LivepeerGovernor is
    ManagerProxyTarget,
    Initializable,
    GovernorUpgradeable,
    GovernorSettingsUpgradeable,
    GovernorTimelockControlUpgradeable,
    GovernorVotesUpgradeable,
    GovernorVotesQuorumFractionUpgradeable,
    GovernorCountingOverridable
{
    constructor(address _controller) Manager(_controller) {
        _disableInitializers();
    }

    /// @notice Sets it up, once; Treasury and BondingVotes must be registered
    /// @param initialVotingDelay Rounds between a proposal and the end of the round whose stake votes
    /// @param initialVotingPeriod Rounds in which votes count
    /// @param initialProposalThreshold LPT wei a proposer needs
    /// @param initialQuorum Share of the active stake that must vote, 1 000 000 = 100 %
    /// @param quota Share of the for and against votes that must be for, 1 000 000 = 100 %
    function initialize(
        uint256 initialVotingDelay,
        uint256 initialVotingPeriod,
        uint256 initialProposalThreshold,
        uint256 initialQuorum,
        uint256 quota
    ) external initializer {
        __Governor_init("LivepeerGovernor");
        __GovernorSettings_init(initialVotingDelay, initialVotingPeriod, initialProposalThreshold);
        __GovernorTimelockControl_init(_treasury());
        __GovernorVotes_init(votes());
        __GovernorVotesQuorumFraction_init(initialQuorum);
        __GovernorCountingOverridable_init(quota);
    }

    /// @notice Reads the address of BondingVotes anew; anyone may call
    function bumpGovernorVotesTokenAddress() external {
        token = votes();
    }

    /// @inheritdoc GovernorVotesQuorumFractionUpgradeable
    function quorumDenominator() public view override returns (uint256) {
        return MathUtils.PERC_DIVISOR;
    }

    /// @inheritdoc GovernorCountingOverridable
    function votes() public view override returns (IVotes) {
        return IVotes(controller.getContract(keccak256("BondingVotes")));
    }

    /// @inheritdoc GovernorSettingsUpgradeable
    function proposalThreshold()
        public
        view
        override(GovernorUpgradeable, GovernorSettingsUpgradeable)
        returns (uint256)
    {
        return super.proposalThreshold();
    }

    /// @inheritdoc GovernorTimelockControlUpgradeable
    function state(uint256 proposalId)
        public
        view
        override(GovernorUpgradeable, GovernorTimelockControlUpgradeable)
        returns (ProposalState)
    {
        return super.state(proposalId);
    }

    /// @inheritdoc GovernorTimelockControlUpgradeable
    function supportsInterface(bytes4 interfaceId)
        public
        view
        override(GovernorUpgradeable, GovernorTimelockControlUpgradeable)
        returns (bool)
    {
        return super.supportsInterface(interfaceId);
    }

    function _execute(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(GovernorUpgradeable, GovernorTimelockControlUpgradeable) {
        super._execute(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _cancel(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(GovernorUpgradeable, GovernorTimelockControlUpgradeable) returns (uint256) {
        return super._cancel(targets, values, calldatas, descriptionHash);
    }

    function _executor()
        internal
        view
        override(GovernorUpgradeable, GovernorTimelockControlUpgradeable)
        returns (address)
    {
        return super._executor();
    }

    function _treasury() private view returns (Treasury) {
        return Treasury(payable(controller.getContract(keccak256("Treasury"))));
    }
}
