// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";

import "../../bonding/BondingManager.sol";

/// @title Stake that an orchestrator brought to L2 for its delegators, until they come for it
contract DelegatorPool is Initializable {
    /// @notice LPT wei brought
    uint256 public initialStake;
    /// @notice LPT wei of the initial stake that delegators have taken
    uint256 public claimedInitialStake;
    /// @notice BondingManager
    address public bondingManager;
    /// @notice L2Migrator
    address public migrator;

    event Claimed(address indexed _delegator, uint256 _stake, uint256 _fees);
    event DelegatorPoolInitialized(
        address indexed _bondingManager,
        address indexed _migrator,
        uint256 _initialStake
    );

    modifier onlyMigrator() {
        require(msg.sender == migrator, "POOL:NOT_MIGRATOR");
        _;
    }

    /// @notice Sets it up after its stake was bonded, once; the caller becomes its migrator
    /// @param _bondingManager BondingManager
    function initialize(address _bondingManager) external initializer {
        bondingManager = _bondingManager;
        migrator = msg.sender;
        initialStake = BondingManager(_bondingManager).pendingStake(address(this), 0);
        emit DelegatorPoolInitialized(_bondingManager, msg.sender, initialStake);
    }

    /// @notice Hands a delegator its part with what that part earned here; only the migrator may call
    /// @param _delegator Delegator
    /// @param _stake LPT wei it had on L1
    function claim(address _delegator, uint256 _stake) external onlyMigrator {
        uint256 unclaimed = initialStake - claimedInitialStake;
        require(_stake <= unclaimed, "POOL:INVALID_CLAIM");
        claimedInitialStake += _stake;

        BondingManager manager = BondingManager(bondingManager);
        uint256 owedStake = (manager.pendingStake(address(this), 0) * _stake) / unclaimed;
        uint256 owedFees = (manager.pendingFees(address(this), 0) * _stake) / unclaimed;
        manager.transferBond(_delegator, owedStake, address(0), address(0), address(0), address(0));
        manager.withdrawFees(payable(_delegator), owedFees);

        emit Claimed(_delegator, owedStake, owedFees);
    }
}
