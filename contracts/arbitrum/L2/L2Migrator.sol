// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "@openzeppelin/contracts/proxy/Clones.sol";

import "../../Controlled.sol";
import "../../bonding/BondingManager.sol";
import "../../pm/TicketBroker.sol";
import "../../snapshots/MerkleSnapshot.sol";
import "../../token/ILivepeerToken.sol";
import "../interfaces/IL2Migrator.sol";
import "./DelegatorPool.sol";
import "./L2ArbitrumMessenger.sol";

/// @title Brings stake, deposits and reserves of L1 into the protocol on L2
/// @dev Runs behind a ManagerProxy and so begins with its two slots, but has no parameters to report like a Manager.
contract L2Migrator is Controlled, L2ArbitrumMessenger, IL2Migrator {
    /// @notice Controller id under which the implementation is registered
    bytes32 public targetContractId;
    /// @notice BondingManager as of the last sync
    address public bondingManagerAddr;
    /// @notice TicketBroker as of the last sync
    address public ticketBrokerAddr;
    /// @notice MerkleSnapshot as of the last sync
    address public merkleSnapshotAddr;
    /// @notice LivepeerToken as of the last sync
    address public tokenAddr;
    /// @notice L1Migrator
    address public l1MigratorAddr;
    /// @notice Code of delegator pools
    address public delegatorPoolImpl;
    /// @notice Whether stake can be claimed with a proof
    bool public claimStakeEnabled;

    /// @notice Whether the stake of an account of L1 has come
    mapping(address => bool) public migratedDelegators;
    /// @notice Pool of the delegators of an orchestrator of L1
    mapping(address => address) public delegatorPools;
    /// @notice LPT wei that came with accounts delegating to an account of L1
    mapping(address => uint256) public claimedDelegatedStake;
    /// @notice Whether an unbonding lock of an account of L1 has come
    mapping(address => mapping(uint256 => bool)) public migratedUnbondingLocks;
    /// @notice Whether deposit and reserve of an account of L1 have come
    mapping(address => bool) public migratedSenders;

    event L1MigratorUpdate(address _l1MigratorAddr);
    event DelegatorPoolImplUpdate(address _delegatorPoolImpl);
    event ClaimStakeEnabled(bool _enabled);
    event ControllerContractUpdate(bytes32 id, address addr);
    event MigrateDelegatorFinalized(MigrateDelegatorParams params);
    event MigrateUnbondingLocksFinalized(MigrateUnbondingLocksParams params);
    event MigrateSenderFinalized(MigrateSenderParams params);
    event DelegatorPoolCreated(address indexed l1Addr, address delegatorPool);
    event StakeClaimed(address indexed delegator, address delegate, uint256 stake, uint256 fees);

    constructor(address _controller) Controlled(_controller) {}

    /// @notice Takes the ether behind fees, deposits and reserves
    receive() external payable {}

    /// @notice Sets both addresses and reads the neighbors from the Controller
    /// @param _l1MigratorAddr L1Migrator
    /// @param _delegatorPoolImpl Code of delegator pools
    function initialize(address _l1MigratorAddr, address _delegatorPoolImpl) external onlyControllerOwner {
        l1MigratorAddr = _l1MigratorAddr;
        delegatorPoolImpl = _delegatorPoolImpl;
        syncControllerContracts();
    }

    /// @notice Sets the migrator on L1
    /// @param _l1MigratorAddr L1Migrator
    function setL1Migrator(address _l1MigratorAddr) external onlyControllerOwner {
        l1MigratorAddr = _l1MigratorAddr;
        emit L1MigratorUpdate(_l1MigratorAddr);
    }

    /// @notice Sets the code of delegator pools made from now on
    /// @param _delegatorPoolImpl Code of delegator pools
    function setDelegatorPoolImpl(address _delegatorPoolImpl) external onlyControllerOwner {
        delegatorPoolImpl = _delegatorPoolImpl;
        emit DelegatorPoolImplUpdate(_delegatorPoolImpl);
    }

    /// @notice Lets stake be claimed with a proof, or not
    /// @param _enabled Whether it can be claimed
    function setClaimStakeEnabled(bool _enabled) external onlyControllerOwner {
        claimStakeEnabled = _enabled;
        emit ClaimStakeEnabled(_enabled);
    }

    /// @inheritdoc IL2Migrator
    function finalizeMigrateDelegator(MigrateDelegatorParams calldata _params)
        external
        override
        onlyL1Counterpart(l1MigratorAddr)
    {
        require(!migratedDelegators[_params.l1Addr], "DELEGATOR_ALREADY_MIGRATED");
        migratedDelegators[_params.l1Addr] = true;

        if (_params.l1Addr == _params.delegate) {
            _bondFor(_params.stake, _params.l2Addr, _params.l2Addr);
            _createDelegatorPool(_params);
        } else {
            _claimOrBond(_params.stake, _params.l2Addr, _params.delegate, _params.delegate);
        }
        claimedDelegatedStake[_params.delegate] += _params.stake;

        if (_params.fees > 0) {
            // The receiver may be a contract that needs more gas than a transfer leaves it.
            (bool success, ) = _params.l2Addr.call{ value: _params.fees }("");
            require(success, "FINALIZE_DELEGATOR:FAIL_FEE");
        }
        emit MigrateDelegatorFinalized(_params);
    }

    /// @inheritdoc IL2Migrator
    function finalizeMigrateUnbondingLocks(MigrateUnbondingLocksParams calldata _params)
        external
        override
        onlyL1Counterpart(l1MigratorAddr)
    {
        mapping(uint256 => bool) storage migrated = migratedUnbondingLocks[_params.l1Addr];
        for (uint256 i = 0; i < _params.unbondingLockIds.length; i++) {
            uint256 id = _params.unbondingLockIds[i];
            require(!migrated[id], "UNBONDING_LOCK_ALREADY_MIGRATED");
            migrated[id] = true;
        }

        _bondFor(_params.total, _params.l2Addr, _params.delegate);
        emit MigrateUnbondingLocksFinalized(_params);
    }

    /// @inheritdoc IL2Migrator
    function finalizeMigrateSender(MigrateSenderParams calldata _params)
        external
        override
        onlyL1Counterpart(l1MigratorAddr)
    {
        require(!migratedSenders[_params.l1Addr], "SENDER_ALREADY_MIGRATED");
        migratedSenders[_params.l1Addr] = true;

        TicketBroker(ticketBrokerAddr).fundDepositAndReserveFor{ value: _params.deposit + _params.reserve }(
            _params.l2Addr,
            _params.deposit,
            _params.reserve
        );
        emit MigrateSenderFinalized(_params);
    }

    /// @notice Brings the caller's stake of L1 with a proof that it is in the snapshot LIP-73
    /// @param _delegate Account the caller delegated to on L1
    /// @param _stake LPT wei the caller had
    /// @param _fees Wei the caller had
    /// @param _proof Siblings from the caller's leaf to the root
    /// @param _newDelegate Delegate on L2, zero for the old one; not used when a pool holds the stake
    function claimStake(
        address _delegate,
        uint256 _stake,
        uint256 _fees,
        bytes32[] calldata _proof,
        address _newDelegate
    ) external {
        require(claimStakeEnabled, "CLAIM_STAKE_DISABLED");
        require(!migratedDelegators[msg.sender], "CLAIM_STAKE:ALREADY_MIGRATED");
        require(
            MerkleSnapshot(merkleSnapshotAddr).verify(
                keccak256("LIP-73"),
                _proof,
                keccak256(abi.encodePacked(msg.sender, _delegate, _stake, _fees))
            ),
            "CLAIM_STAKE:INVALID_PROOF"
        );
        migratedDelegators[msg.sender] = true;

        if (_delegate != address(0)) {
            claimedDelegatedStake[_delegate] += _stake;
            _claimOrBond(_stake, msg.sender, _delegate, _newDelegate == address(0) ? _delegate : _newDelegate);
        }
        if (_fees > 0) {
            payable(msg.sender).transfer(_fees);
        }
        emit StakeClaimed(msg.sender, _delegate, _stake, _fees);
    }

    /// @notice Reads the neighbors from the Controller; anyone may call
    function syncControllerContracts() public {
        bondingManagerAddr = _synced("BondingManager", bondingManagerAddr);
        ticketBrokerAddr = _synced("TicketBroker", ticketBrokerAddr);
        merkleSnapshotAddr = _synced("MerkleSnapshot", merkleSnapshotAddr);
        tokenAddr = _synced("LivepeerToken", tokenAddr);
    }

    function _synced(string memory _name, address _known) private returns (address current) {
        bytes32 id = keccak256(bytes(_name));
        current = controller.getContract(id);
        if (current != _known) {
            emit ControllerContractUpdate(id, current);
        }
    }

    /// @dev Bonds what others delegated to an orchestrator of L1 in a pool of theirs, toward it
    function _createDelegatorPool(MigrateDelegatorParams calldata _params) private {
        address pool = Clones.clone(delegatorPoolImpl);
        delegatorPools[_params.l1Addr] = pool;

        // Its delegated stake holds its own, and that of delegators who came before it.
        uint256 delegated = _params.delegatedStake - _params.stake;
        _bondFor(delegated - claimedDelegatedStake[_params.l1Addr], pool, _params.l2Addr);
        DelegatorPool(pool).initialize(bondingManagerAddr);
        emit DelegatorPoolCreated(_params.l1Addr, pool);
    }

    /// @dev Takes a delegator's stake from the pool of its delegate on L1 if there is one, else bonds it
    function _claimOrBond(
        uint256 _stake,
        address _delegator,
        address _l1Delegate,
        address _to
    ) private {
        address pool = delegatorPools[_l1Delegate];
        if (pool != address(0)) {
            DelegatorPool(pool).claim(_delegator, _stake);
        } else {
            _bondFor(_stake, _delegator, _to);
        }
    }

    function _bondFor(
        uint256 _amount,
        address _owner,
        address _to
    ) private {
        ILivepeerToken(tokenAddr).approve(bondingManagerAddr, _amount);
        BondingManager(bondingManagerAddr).bondForWithHint(
            _amount,
            _owner,
            _to,
            address(0),
            address(0),
            address(0),
            address(0)
        );
    }
}
