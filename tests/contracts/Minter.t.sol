// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "./support/ProtocolFixture.sol";

contract MinterTest is ProtocolFixture {
    event SetCurrentRewardTokens(uint256 currentMintableTokens, uint256 currentInflation);
    event ParameterUpdate(string param);

    function test_ConstructorChecksItsPercentages() public {
        uint256 over = 1000000001;
        expectReason("_inflation is invalid percentage");
        new Minter(address(controller), over, over, over);
        expectReason("_inflationChange is invalid percentage");
        new Minter(address(controller), 1, over, over);
        expectReason("_targetBondingRate is invalid percentage");
        new Minter(address(controller), 1, 1, over);
    }

    function test_SettersBelongToTheControllerOwner() public {
        vm.startPrank(alice);
        expectReason("caller must be Controller owner");
        minter.setTargetBondingRate(1);
        expectReason("caller must be Controller owner");
        minter.setInflationChange(1);
        vm.stopPrank();
        expectReason("_targetBondingRate is invalid percentage");
        minter.setTargetBondingRate(1000000001);
        expectReason("_inflationChange is invalid percentage");
        minter.setInflationChange(1000000001);
        expectEvent(address(minter));
        emit ParameterUpdate("targetBondingRate");
        minter.setTargetBondingRate(1);
        expectEvent(address(minter));
        emit ParameterUpdate("inflationChange");
        minter.setInflationChange(2);
        assertEq(minter.targetBondingRate(), 1, "rate");
        assertEq(minter.inflationChange(), 2, "change");
    }

    function test_CallersAreNamedInTheRefusal() public {
        expectReason("msg.sender not BondingManager");
        minter.createReward(1, 1);
        expectReason("msg.sender not BondingManager");
        minter.trustedTransferTokens(alice, 1);
        expectReason("msg.sender not BondingManager");
        minter.trustedBurnTokens(1);
        expectReason("msg.sender not BondingManager or JobsManager");
        minter.trustedWithdrawETH(payable(alice), 1);
        expectReason("msg.sender not Minter or JobsManager");
        minter.depositETH{ value: 1 }();
        expectReason("msg.sender not RoundsManager");
        minter.setCurrentRewardTokens();
        (bool sent, ) = address(minter).call{ value: 1 }("");
        assertTrue(!sent, "no plain transfers");
    }

    function test_PauseStopsEverythingButDeposits() public {
        controller.pause();
        vm.startPrank(address(bonding));
        expectReason("system is paused");
        minter.createReward(1, 1);
        expectReason("system is paused");
        minter.trustedTransferTokens(alice, 1);
        expectReason("system is paused");
        minter.trustedBurnTokens(1);
        expectReason("system is paused");
        minter.trustedWithdrawETH(payable(alice), 1);
        vm.stopPrank();
        vm.prank(address(rounds));
        expectReason("system is paused");
        minter.setCurrentRewardTokens();
        vm.deal(address(broker), 1);
        vm.prank(address(broker));
        assertTrue(minter.depositETH{ value: 1 }(), "deposit");
    }

    function test_InflationMovesTowardTheTarget() public {
        uint256 inflation = minter.inflation();
        uint256 mintable = (token.totalSupply() * (inflation + 500)) / 1000000000;
        toNextRound();
        expectEvent(address(minter));
        emit SetCurrentRewardTokens(mintable, inflation + 500);
        rounds.initializeRound();

        bond(alice, alice, 600000 ether);
        nextRound();
        assertEq(minter.inflation(), inflation, "more than half is bonded");

        minter.setInflationChange(1000000000);
        nextRound();
        assertEq(minter.inflation(), 0, "floor");

        minter.setTargetBondingRate((600000 ether * 1000000000) / token.totalSupply());
        nextRound();
        assertEq(minter.inflation(), 0, "on target");
    }

    function test_RewardsCannotExceedTheRound() public {
        uint256 mintable = minter.currentMintableTokens();
        vm.startPrank(address(bonding));
        assertEq(minter.createReward(1, 4), (mintable * 250000000) / 1000000000, "quarter");
        expectReason("minted tokens cannot exceed mintable tokens");
        minter.createReward(4, 5);
        assertEq(token.balanceOf(address(minter)), minter.currentMintedTokens(), "minted to the vault");
    }

    function test_PaysOutWhatItHolds() public {
        vm.deal(address(broker), 3);
        vm.prank(address(broker));
        minter.depositETH{ value: 3 }();
        vm.prank(address(broker));
        minter.trustedWithdrawETH(payable(alice), 2);
        assertEq(alice.balance, 2, "ether");
        token.transfer(address(minter), 5);
        vm.prank(address(bonding));
        minter.trustedTransferTokens(alice, 5);
        assertEq(token.balanceOf(alice), 5, "tokens");
    }

    function test_MigratesToTheNextMinter() public {
        Minter next = new Minter(address(controller), 1, 1, 1);
        Minter foreign = new Minter(address(new Controller()), 1, 1, 1);
        token.transfer(address(minter), 7);
        vm.deal(address(minter), 9);

        expectReason("new Minter cannot be current Minter");
        minter.migrateToNewMinter(minter);
        expectReason("new Minter cannot be null address");
        minter.migrateToNewMinter(IMinter(address(0)));
        expectReason("new Minter Controller must be current Controller");
        minter.migrateToNewMinter(foreign);
        expectReason("new Minter must be registered");
        next.migrateToNewMinter(minter);
        vm.prank(alice);
        expectReason("caller must be Controller owner");
        minter.migrateToNewMinter(next);

        minter.migrateToNewMinter(next);
        assertEq(token.balanceOf(address(next)), 7, "tokens");
        assertEq(address(next).balance, 9, "ether");
    }
}
