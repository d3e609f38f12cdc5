// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "@openzeppelin/contracts-upgradeable/governance/extensions/GovernorSettingsUpgradeable.sol";
import "@openzeppelin/contracts-upgradeable/governance/extensions/GovernorVotesUpgradeable.sol";

import { GovernorCountingOverridable, IVotes, MathUtils } from "../../contracts/treasury/GovernorCountingOverridable.sol";
import "./support/GovernanceFixture.sol";
import "./support/TicketFixture.sol";

/// @title Test contracts of others inherit from ours: these names and bases have to stay
contract TicketBrokerHarness is TicketBroker {
    constructor(address _controller) TicketBroker(_controller) {}

    function validSig(
        address account,
        bytes memory sig,
        bytes32 ticketHash
    ) external pure returns (bool) {
        return isValidTicketSig(account, sig, ticketHash);
    }

    function wins(
        bytes memory sig,
        uint256 recipientRand,
        uint256 winProb
    ) external pure returns (bool) {
        return isWinningTicket(sig, recipientRand, winProb);
    }
}

contract BondingVotesHarness is BondingVotes {
    constructor(address _controller) BondingVotes(_controller) {}

    function getTotalActiveStakeAt(uint256) public pure override returns (uint256) {
        return 1234;
    }

    function getVotesAndDelegateAtRoundStart(address account, uint256 round)
        public
        pure
        override
        returns (uint256, address)
    {
        return (round, account);
    }
}

contract CountingHarness is
    Initializable,
    GovernorUpgradeable,
    GovernorSettingsUpgradeable,
    GovernorVotesUpgradeable,
    GovernorCountingOverridable
{
    IVotes private source;

    function initialize(IVotes _source) external initializer {
        source = _source;
        __Governor_init("Harness");
        __GovernorSettings_init(0, 100, 0);
        __GovernorVotes_init(_source);
        __GovernorCountingOverridable_init(420000);
    }

    function votes() public view override returns (IVotes) {
        return source;
    }

    function quorum(uint256) public pure override returns (uint256) {
        return MathUtils.percOf(1000 ether, 370000);
    }

    function proposalThreshold()
        public
        view
        override(GovernorUpgradeable, GovernorSettingsUpgradeable)
        returns (uint256)
    {
        return super.proposalThreshold();
    }

    function quorumReached(uint256 proposalId) external view returns (bool) {
        return super._quorumReached(proposalId);
    }

    function voteSucceeded(uint256 proposalId) external view returns (bool) {
        return super._voteSucceeded(proposalId);
    }
}

contract LivepeerGovernorHarness is LivepeerGovernor {
    uint256 public customField;

    constructor(address _controller) LivepeerGovernor(_controller) {}

    function setCustomField(uint256 value) external {
        customField = value;
    }
}

contract HarnessesTest is GovernanceFixture, TicketFixture {
    function setUp() public override(GovernanceFixture, TicketFixture) {
        super.setUp();
    }

    function test_TicketRulesCanBeCalledFromAHarness() public {
        TicketBrokerHarness harness = new TicketBrokerHarness(address(controller));
        MTicketBrokerCore.Ticket memory ticket = winner(1, 1);
        bytes memory sig = sign(ticket);
        assertTrue(harness.validSig(sender, sig, broker.getTicketHash(ticket)), "signature");
        assertTrue(!harness.validSig(alice, sig, broker.getTicketHash(ticket)), "of another");
        assertTrue(harness.wins(sig, RAND, type(uint256).max), "wins");
        assertTrue(!harness.wins(sig, RAND, 0), "does not");
    }

    function test_VotesCanBeReplacedBelowTheInterface() public {
        BondingVotesHarness harness = new BondingVotesHarness(address(controller));
        uint256 round = rounds.currentRound();
        assertEq(harness.totalSupply(), 1234, "supply");
        assertEq(harness.getVotes(alice), round + 1, "votes at the start of the next round");
        assertEq(harness.getPastVotes(alice, round - 1), round, "past votes");
        assertEq(harness.delegatedAt(alice, round - 1), alice, "delegate");
    }

    function test_CountingWorksInAnotherGovernor() public {
        CountingHarness harness = new CountingHarness();
        harness.initialize(IVotes(address(votes)));
        assertEq(harness.quota(), 420000, "quota");
        bond(alice, alice, 300 ether); // 400
        nextRound();
        Proposal memory proposal = oneCall(address(token), 0, "", "x");
        vm.prank(alice);
        uint256 id = harness.propose(proposal.targets, proposal.values, proposal.calldatas, proposal.description);
        nextRound();
        assertTrue(!harness.quorumReached(id), "370 are needed");
        assertTrue(harness.voteSucceeded(id), "no opinions");
        vm.prank(alice);
        harness.castVote(id, AGAINST);
        assertTrue(harness.quorumReached(id), "400");
        assertTrue(!harness.voteSucceeded(id), "all against");
    }

    function test_AGovernorWithAFieldMoreCanTakeOver() public {
        register("LivepeerGovernorTarget", address(new LivepeerGovernorHarness(address(controller))));
        LivepeerGovernorHarness(payable(address(governor))).setCustomField(7);
        assertEq(LivepeerGovernorHarness(payable(address(governor))).customField(), 7, "field");
        assertEq(governor.quota(), QUOTA, "state before it stays");
    }
}
