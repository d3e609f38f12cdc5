// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "@openzeppelin/contracts-upgradeable/governance/IGovernorUpgradeable.sol";

import "../../../contracts/treasury/LivepeerGovernor.sol";
import "../../../contracts/treasury/Treasury.sol";
import "./ProtocolFixture.sol";

/// @title The protocol with treasury and governor, as the deployer wires them
abstract contract GovernanceFixture is ProtocolFixture {
    uint8 internal constant AGAINST = 0;
    uint8 internal constant FOR = 1;
    uint8 internal constant ABSTAIN = 2;
    uint256 internal constant VOTING_DELAY = 1;
    uint256 internal constant VOTING_PERIOD = 10;
    uint256 internal constant QUORUM = 333300;
    uint256 internal constant QUOTA = 500000;

    Treasury internal treasury;
    LivepeerGovernor internal governor;

    function setUp() public virtual override {
        super.setUp();
        vm.warp(1700000000); // a timelock takes 1 for "done", and 1 is forge's first timestamp
        treasury = new Treasury();
        register("Treasury", address(treasury));
        governor = LivepeerGovernor(
            payable(proxied("LivepeerGovernor", address(new LivepeerGovernor(address(controller)))))
        );
        treasury.initialize(0, new address[](0), new address[](0), address(this));
        governor.initialize(VOTING_DELAY, VOTING_PERIOD, 100 ether, QUORUM, QUOTA);
        treasury.grantRole(treasury.PROPOSER_ROLE(), address(governor));
        treasury.grantRole(treasury.CANCELLER_ROLE(), address(governor));
        treasury.grantRole(treasury.EXECUTOR_ROLE(), address(governor));
        treasury.renounceRole(treasury.TIMELOCK_ADMIN_ROLE(), address(this));
    }

    /// @dev A proposal with one call, and what identifies it
    struct Proposal {
        address[] targets;
        uint256[] values;
        bytes[] calldatas;
        string description;
        bytes32 descriptionHash;
        uint256 id;
    }

    function oneCall(
        address target,
        uint256 value,
        bytes memory data,
        string memory description
    ) internal view returns (Proposal memory proposal) {
        proposal.targets = new address[](1);
        proposal.values = new uint256[](1);
        proposal.calldatas = new bytes[](1);
        proposal.targets[0] = target;
        proposal.values[0] = value;
        proposal.calldatas[0] = data;
        proposal.description = description;
        proposal.descriptionHash = keccak256(bytes(description));
        proposal.id = governor.hashProposal(
            proposal.targets,
            proposal.values,
            proposal.calldatas,
            proposal.descriptionHash
        );
    }

    function grant(address receiver, uint256 amount) internal view returns (Proposal memory) {
        return
            oneCall(address(token), 0, abi.encodeCall(token.transfer, (receiver, amount)), "# A grant\nfor work");
    }

    function propose(address account, Proposal memory proposal) internal {
        vm.prank(account);
        governor.propose(proposal.targets, proposal.values, proposal.calldatas, proposal.description);
    }

    /// @dev First round in which votes on a proposal made in this one count
    function toVoting() internal {
        for (uint256 i = 0; i <= VOTING_DELAY; i++) nextRound();
    }

    /// @dev First round after the voting, from the first round of the voting
    function toDecision() internal {
        for (uint256 i = 0; i < VOTING_PERIOD; i++) nextRound();
    }

    function castVote(
        address account,
        uint256 id,
        uint8 support
    ) internal {
        vm.prank(account);
        governor.castVote(id, support);
    }

    function queue(Proposal memory proposal) internal {
        governor.queue(proposal.targets, proposal.values, proposal.calldatas, proposal.descriptionHash);
    }

    function execute(Proposal memory proposal) internal {
        governor.execute(proposal.targets, proposal.values, proposal.calldatas, proposal.descriptionHash);
    }

    function assertState(
        uint256 id,
        IGovernorUpgradeable.ProposalState expected,
        string memory what
    ) internal view {
        assertEq(uint256(governor.state(id)), uint256(expected), what);
    }

    function assertVotes(
        uint256 id,
        uint256 againstVotes,
        uint256 forVotes,
        uint256 abstainVotes,
        string memory what
    ) internal view {
        (uint256 gotAgainst, uint256 gotFor, uint256 gotAbstain) = governor.proposalVotes(id);
        assertEq(gotAgainst, againstVotes, string.concat(what, ": against"));
        assertEq(gotFor, forVotes, string.concat(what, ": for"));
        assertEq(gotAbstain, abstainVotes, string.concat(what, ": abstain"));
    }
}
