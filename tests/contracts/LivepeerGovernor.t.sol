// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "./support/GovernanceFixture.sol";

contract LivepeerGovernorTest is GovernanceFixture {
    event ProposalCreated(
        uint256 proposalId,
        address proposer,
        address[] targets,
        uint256[] values,
        string[] signatures,
        bytes[] calldatas,
        uint256 voteStart,
        uint256 voteEnd,
        string description
    );
    event ProposalCanceled(uint256 proposalId);

    function setUp() public override {
        super.setUp();
        newTranscoder(alice, 100 ether, 0, 0);
        newTranscoder(bob, 150 ether, 0, 0);
        bond(dave, alice, 50 ether);
        nextRound();
        token.transfer(address(treasury), 10 ether);
    }

    function test_IsSetUpWithTheParametersOfTheProtocol() public view {
        assertEq(governor.name(), "LivepeerGovernor", "name");
        assertEq(governor.version(), "1", "version");
        assertEq(governor.votingDelay(), 1, "delay");
        assertEq(governor.votingPeriod(), 10, "period");
        assertEq(governor.proposalThreshold(), 100 ether, "threshold");
        assertEq(governor.quorumNumerator(), QUORUM, "quorum");
        assertEq(governor.quorumDenominator(), 1000000, "of");
        assertEq(governor.quota(), QUOTA, "quota");
        assertEq(governor.timelock(), address(treasury), "timelock");
        assertEq(address(governor.token()), address(votes), "votes");
        assertEq(address(governor.votes()), address(votes), "votes, live");
        assertEq(governor.clock(), rounds.currentRound(), "clock");
        assertEq(governor.CLOCK_MODE(), "mode=livepeer_round", "clock mode");
        assertEq(governor.COUNTING_MODE(), "support=bravo&quorum=for,abstain,against", "counting mode");
        assertEq(governor.BALLOT_TYPEHASH(), keccak256("Ballot(uint256 proposalId,uint8 support)"), "ballot");
        assertEq(
            governor.EXTENDED_BALLOT_TYPEHASH(),
            keccak256("ExtendedBallot(uint256 proposalId,uint8 support,string reason,bytes params)"),
            "extended ballot"
        );
        uint256 past = rounds.currentRound() - 1;
        assertEq(governor.quorum(past), (votes.getPastTotalSupply(past) * QUORUM) / PERC, "quorum of a round");
    }

    function test_SaysWhichInterfacesItHas() public view {
        assertTrue(governor.supportsInterface(type(IGovernorTimelockUpgradeable).interfaceId), "timelock");
        bytes4 cancelable = governor.cancel.selector ^ governor.proposalProposer.selector;
        assertTrue(governor.supportsInterface(cancelable), "cancel");
        assertTrue(
            governor.supportsInterface(
                type(IGovernorUpgradeable).interfaceId ^ type(IERC6372Upgradeable).interfaceId ^ cancelable
            ),
            "governor"
        );
        assertTrue(governor.supportsInterface(0x4e2312e0), "ERC-1155 receiver");
        assertTrue(!governor.supportsInterface(0xffffffff), "not everything");
    }

    function test_InitializesOnceAndOnlyBehindTheProxy() public {
        expectReason("Initializable: contract is already initialized");
        governor.initialize(1, 1, 1, 1, 1);
        LivepeerGovernor target = new LivepeerGovernor(address(controller));
        expectReason("Initializable: contract is already initialized");
        target.initialize(1, 1, 1, 1, 1);
    }

    function test_ProposingNeedsStakeAndSense() public {
        Proposal memory proposal = grant(erin, 1 ether);
        vm.startPrank(dave); // 50
        expectReason("Governor: proposer votes below proposal threshold");
        governor.propose(proposal.targets, proposal.values, proposal.calldatas, proposal.description);
        vm.stopPrank();

        vm.startPrank(alice);
        expectReason("Governor: invalid proposal length");
        governor.propose(proposal.targets, new uint256[](2), proposal.calldatas, "");
        expectReason("Governor: empty proposal");
        governor.propose(new address[](0), new uint256[](0), new bytes[](0), "");
        expectReason("Governor: proposer restricted");
        governor.propose(
            proposal.targets,
            proposal.values,
            proposal.calldatas,
            "mine #proposer=0x0000000000000000000000000000000000000001"
        );

        uint256 now_ = rounds.currentRound();
        expectEvent(address(governor));
        emit ProposalCreated(
            proposal.id,
            alice,
            proposal.targets,
            proposal.values,
            new string[](1),
            proposal.calldatas,
            now_ + 1,
            now_ + 11,
            proposal.description
        );
        governor.propose(proposal.targets, proposal.values, proposal.calldatas, proposal.description);
        expectReason("Governor: proposal already exists");
        governor.propose(proposal.targets, proposal.values, proposal.calldatas, proposal.description);
        vm.stopPrank();
        assertEq(governor.proposalProposer(proposal.id), alice, "proposer");
        assertEq(governor.proposalSnapshot(proposal.id), now_ + 1, "snapshot");
        assertEq(governor.proposalDeadline(proposal.id), now_ + 11, "deadline");
        assertEq(governor.proposalEta(proposal.id), 0, "not queued");
    }

    function test_VotesCountInTenRounds() public {
        Proposal memory proposal = grant(erin, 1 ether);
        expectReason("Governor: unknown proposal id");
        governor.state(proposal.id);
        propose(alice, proposal);
        for (uint256 i = 0; i < 2; i++) {
            assertState(proposal.id, IGovernorUpgradeable.ProposalState.Pending, "proposed and snapshot round");
            vm.prank(alice);
            expectReason("Governor: vote not currently active");
            governor.castVote(proposal.id, FOR);
            nextRound();
        }
        for (uint256 i = 0; i < 10; i++) {
            assertState(proposal.id, IGovernorUpgradeable.ProposalState.Active, "voting");
            if (i == 0) castVote(alice, proposal.id, FOR);
            if (i == 9) castVote(bob, proposal.id, FOR);
            nextRound();
        }
        assertState(proposal.id, IGovernorUpgradeable.ProposalState.Succeeded, "decided");
        vm.prank(dave);
        expectReason("Governor: vote not currently active");
        governor.castVote(proposal.id, FOR);
    }

    function test_OnlyTheProposerCancelsAndOnlyBeforeTheVoting() public {
        Proposal memory proposal = grant(erin, 1 ether);
        propose(alice, proposal);
        vm.prank(bob);
        expectReason("Governor: only proposer can cancel");
        governor.cancel(proposal.targets, proposal.values, proposal.calldatas, proposal.descriptionHash);
        vm.prank(alice);
        expectEvent(address(governor));
        emit ProposalCanceled(proposal.id);
        governor.cancel(proposal.targets, proposal.values, proposal.calldatas, proposal.descriptionHash);
        assertState(proposal.id, IGovernorUpgradeable.ProposalState.Canceled, "canceled");

        Proposal memory late = oneCall(address(token), 0, "", "late");
        propose(alice, late);
        toVoting();
        vm.prank(alice);
        expectReason("Governor: too late to cancel");
        governor.cancel(late.targets, late.values, late.calldatas, late.descriptionHash);
    }

    function test_NothingRunsWithoutTheVote() public {
        Proposal memory proposal = grant(erin, 1 ether);
        propose(alice, proposal);
        toVoting();
        expectReason("Governor: proposal not successful");
        governor.queue(proposal.targets, proposal.values, proposal.calldatas, proposal.descriptionHash);
        expectReason("Governor: proposal not successful");
        governor.execute(proposal.targets, proposal.values, proposal.calldatas, proposal.descriptionHash);
        castVote(bob, proposal.id, FOR);
        toDecision();
        expectReason("TimelockController: operation is not ready");
        governor.execute(proposal.targets, proposal.values, proposal.calldatas, proposal.descriptionHash);
        queue(proposal);
        expectReason("Governor: proposal not successful");
        governor.queue(proposal.targets, proposal.values, proposal.calldatas, proposal.descriptionHash);
        execute(proposal);
        expectReason("Governor: proposal not successful");
        governor.execute(proposal.targets, proposal.values, proposal.calldatas, proposal.descriptionHash);
        assertEq(token.balanceOf(erin), 1 ether, "paid once");
    }

    function test_SettingsChangeOnlyByProposal() public {
        expectReason("Governor: onlyGovernance");
        governor.setVotingDelay(2);
        expectReason("Governor: onlyGovernance");
        governor.setVotingPeriod(2);
        expectReason("Governor: onlyGovernance");
        governor.setProposalThreshold(2);
        expectReason("Governor: onlyGovernance");
        governor.updateQuorumNumerator(2);
        expectReason("Governor: onlyGovernance");
        governor.updateTimelock(treasury);
        expectReason("Governor: onlyGovernance");
        governor.relay(address(token), 0, "");
        vm.deal(address(this), 1);
        (bool success, bytes memory returned) = address(governor).call{ value: 1 }("");
        assertTrue(!success, "ether is for the treasury");
        assertEq(
            keccak256(returned),
            keccak256(abi.encodeWithSignature("Error(string)", "Governor: must send to executor")),
            "and the refusal says so"
        );

        uint256 before = rounds.currentRound();
        Proposal memory proposal = oneCall(
            address(governor),
            0,
            abi.encodeCall(governor.updateQuorumNumerator, (500000)),
            "a higher quorum"
        );
        propose(alice, proposal);
        toVoting();
        castVote(bob, proposal.id, FOR);
        toDecision();
        queue(proposal);
        execute(proposal);
        assertEq(governor.quorumNumerator(), 500000, "now");
        assertEq(governor.quorumNumerator(before), QUORUM, "then");
    }

    function test_VotesBySignatureCountForTheSigner() public {
        uint256 key = 0x517;
        address signer = vm.addr(key);
        newTranscoder(signer, 200 ether, 0, 0);
        nextRound();
        Proposal memory proposal = grant(erin, 1 ether);
        propose(signer, proposal);
        toVoting();
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("LivepeerGovernor"),
                keccak256("1"),
                block.chainid,
                address(governor)
            )
        );
        bytes32 ballot = keccak256(abi.encode(governor.BALLOT_TYPEHASH(), proposal.id, FOR));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, keccak256(abi.encodePacked("\x19\x01", domain, ballot)));
        governor.castVoteBySig(proposal.id, FOR, v, r, s);
        assertTrue(governor.hasVoted(proposal.id, signer), "voted");
        assertVotes(proposal.id, 0, 200 ether, 0, "signed");
        vm.expectRevert(abi.encodeWithSelector(GovernorCountingOverridable.VoteAlreadyCast.selector));
        governor.castVoteBySig(proposal.id, FOR, v, r, s);
    }

    function test_FollowsTheControllerWhenAsked() public {
        BondingVotes next = new BondingVotes(address(controller));
        register("BondingVotes", address(next));
        assertEq(address(governor.votes()), address(next), "live");
        assertEq(address(governor.token()), address(votes), "kept");
        vm.prank(erin);
        governor.bumpGovernorVotesTokenAddress();
        assertEq(address(governor.token()), address(next), "refreshed");
    }

    function test_IsUpgradedInTheController() public {
        Proposal memory proposal = grant(erin, 1 ether);
        propose(alice, proposal);
        register("LivepeerGovernorTarget", address(new LivepeerGovernor(address(controller))));
        assertEq(governor.proposalProposer(proposal.id), alice, "state stays");
        expectReason("Initializable: contract is already initialized");
        governor.initialize(1, 1, 1, 1, 1);
    }
}
