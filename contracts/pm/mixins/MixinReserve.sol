// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "./interfaces/MContractRegistry.sol";
import "./interfaces/MReserve.sol";

/// @title Reserves, of which each active transcoder can claim an equal part per round
abstract contract MixinReserve is MContractRegistry, MReserve {
    struct Reserve {
        uint256 funds; // wei left
        mapping(uint256 => uint256) claimedForRound; // round => wei claimed
        mapping(uint256 => mapping(address => uint256)) claimedByAddress; // round => claimant => wei claimed
    }

    mapping(address => Reserve) private reserves;

    /// @inheritdoc MReserve
    function getReserveInfo(address _reserveHolder) public view override returns (ReserveInfo memory info) {
        Reserve storage reserve = reserves[_reserveHolder];
        info.fundsRemaining = reserve.funds;
        info.claimedInCurrentRound = reserve.claimedForRound[roundsManager().currentRound()];
    }

    /// @inheritdoc MReserve
    function claimableReserve(address _reserveHolder, address _claimant) public view override returns (uint256) {
        if (!bondingManager().isActiveTranscoder(_claimant)) {
            return 0;
        }
        uint256 poolSize = bondingManager().getTranscoderPoolSize();
        if (poolSize == 0) {
            return 0;
        }

        Reserve storage reserve = reserves[_reserveHolder];
        uint256 currentRound = roundsManager().currentRound();
        uint256 share = (reserve.funds + reserve.claimedForRound[currentRound]) / poolSize;
        return share - reserve.claimedByAddress[currentRound][_claimant];
    }

    /// @inheritdoc MReserve
    function claimedReserve(address _reserveHolder, address _claimant) public view override returns (uint256) {
        return reserves[_reserveHolder].claimedByAddress[roundsManager().currentRound()][_claimant];
    }

    function addReserve(address _reserveHolder, uint256 _amount) internal override {
        reserves[_reserveHolder].funds += _amount;
        emit ReserveFunded(_reserveHolder, _amount);
    }

    function clearReserve(address _reserveHolder) internal override {
        // The claims of the round are kept: a reserve funded anew in the same round must not pay them again.
        reserves[_reserveHolder].funds = 0;
    }

    function claimFromReserve(
        address _reserveHolder,
        address _claimant,
        uint256 _amount
    ) internal override returns (uint256) {
        uint256 claimable = claimableReserve(_reserveHolder, _claimant);
        uint256 claimed = _amount < claimable ? _amount : claimable;

        if (claimed > 0) {
            Reserve storage reserve = reserves[_reserveHolder];
            uint256 currentRound = roundsManager().currentRound();
            reserve.claimedForRound[currentRound] += claimed;
            reserve.claimedByAddress[currentRound][_claimant] += claimed;
            reserve.funds -= claimed;
            emit ReserveClaimed(_reserveHolder, _claimant, claimed);
        }
        return claimed;
    }

    function remainingReserve(address _reserveHolder) internal view override returns (uint256) {
        return reserves[_reserveHolder].funds;
    }
}
