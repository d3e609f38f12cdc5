// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "@openzeppelin/contracts/access/AccessControl.sol";
import "@openzeppelin/contracts/security/Pausable.sol";
import "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import { BondingManager } from "../../bonding/BondingManager.sol";
import { MReserve, MixinTicketBrokerCore, TicketBroker } from "../../pm/TicketBroker.sol";
import "../interfaces/IBridgeMinter.sol";
import "../interfaces/IL2Migrator.sol";
import "../interfaces/ITokenGateway.sol";
import "./L1ArbitrumMessenger.sol";

/// @title Tells L2 what accounts have in the protocol on L1, and sends what is behind it
/// @dev The L2Migrator refuses what comes twice; nothing is recorded here.
contract L1Migrator is L1ArbitrumMessenger, IMigrator, EIP712, AccessControl, Pausable {
    bytes32 private constant MIGRATE_DELEGATOR_TYPE_HASH =
        keccak256("MigrateDelegator(address l1Addr,address l2Addr)");
    bytes32 private constant MIGRATE_UNBONDING_LOCKS_TYPE_HASH =
        keccak256("MigrateUnbondingLocks(address l1Addr,address l2Addr,uint256[] unbondingLockIds)");
    bytes32 private constant MIGRATE_SENDER_TYPE_HASH =
        keccak256("MigrateSender(address l1Addr,address l2Addr)");

    /// @notice BondingManager on L1
    address public immutable bondingManagerAddr;
    /// @notice TicketBroker on L1
    address public immutable ticketBrokerAddr;
    /// @notice LPT on L1
    address public immutable tokenAddr;
    /// @notice L1LPTGateway
    address public immutable l1LPTGatewayAddr;
    /// @notice BridgeMinter
    address public bridgeMinterAddr;
    /// @notice L2Migrator
    address public l2MigratorAddr;

    event BridgeMinterUpdate(address bridgeMinter);
    event L2MigratorUpdate(address l2Migrator);
    event MigrateDelegatorInitiated(uint256 indexed seqNo, MigrateDelegatorParams params);
    event MigrateUnbondingLocksInitiated(uint256 indexed seqNo, MigrateUnbondingLocksParams params);
    event MigrateSenderInitiated(uint256 indexed seqNo, MigrateSenderParams params);

    /// @param _inbox Arbitrum's inbox
    /// @param _bondingManagerAddr BondingManager on L1
    /// @param _ticketBrokerAddr TicketBroker on L1
    /// @param _tokenAddr LPT on L1
    /// @param _l1LPTGatewayAddr L1LPTGateway
    /// @param _l2MigratorAddr L2Migrator
    constructor(
        address _inbox,
        address _bondingManagerAddr,
        address _ticketBrokerAddr,
        address _tokenAddr,
        address _l1LPTGatewayAddr,
        address _l2MigratorAddr
    ) L1ArbitrumMessenger(_inbox) EIP712("Livepeer L1Migrator", "1") {
        bondingManagerAddr = _bondingManagerAddr;
        ticketBrokerAddr = _ticketBrokerAddr;
        tokenAddr = _tokenAddr;
        l1LPTGatewayAddr = _l1LPTGatewayAddr;
        l2MigratorAddr = _l2MigratorAddr;
        _grantRole(DEFAULT_ADMIN_ROLE, msg.sender);
        _pause();
    }

    /// @notice Takes the ether of the BridgeMinter
    receive() external payable {}

    /// @notice Stops migrations
    function pause() external onlyRole(DEFAULT_ADMIN_ROLE) {
        _pause();
    }

    /// @notice Allows migrations
    function unpause() external onlyRole(DEFAULT_ADMIN_ROLE) {
        _unpause();
    }

    /// @notice Sets the BridgeMinter
    /// @param _bridgeMinterAddr BridgeMinter
    function setBridgeMinter(address _bridgeMinterAddr) external onlyRole(DEFAULT_ADMIN_ROLE) {
        bridgeMinterAddr = _bridgeMinterAddr;
        emit BridgeMinterUpdate(_bridgeMinterAddr);
    }

    /// @notice Sets the migrator on L2
    /// @param _l2MigratorAddr L2Migrator
    function setL2Migrator(address _l2MigratorAddr) external onlyRole(DEFAULT_ADMIN_ROLE) {
        l2MigratorAddr = _l2MigratorAddr;
        emit L2MigratorUpdate(_l2MigratorAddr);
    }

    /// @notice Sends an account's stake and fees
    /// @param _l1Addr Account on L1
    /// @param _l2Addr The same account on L2
    /// @param _sig The account's EIP-712 signature; not used when it calls itself
    /// @param _maxGas Gas limit on L2
    /// @param _gasPriceBid Wei per gas on L2
    /// @param _maxSubmissionCost Most wei for storing the ticket
    function migrateDelegator(
        address _l1Addr,
        address _l2Addr,
        bytes memory _sig,
        uint256 _maxGas,
        uint256 _gasPriceBid,
        uint256 _maxSubmissionCost
    ) external payable whenNotPaused {
        _requireValidMigration(
            _l1Addr,
            _l2Addr,
            keccak256(abi.encode(MIGRATE_DELEGATOR_TYPE_HASH, _l1Addr, _l2Addr)),
            _sig
        );
        (bytes memory data, MigrateDelegatorParams memory params) = getMigrateDelegatorParams(_l1Addr, _l2Addr);
        uint256 seqNo = _sendTxToL2(l2MigratorAddr, _l2Addr, _maxSubmissionCost, _maxGas, _gasPriceBid, data);
        emit MigrateDelegatorInitiated(seqNo, params);
    }

    /// @notice Sends an account's unbonding stake
    /// @param _l1Addr Account on L1
    /// @param _l2Addr The same account on L2
    /// @param _unbondingLockIds Locks
    /// @param _sig The account's EIP-712 signature; not used when it calls itself
    /// @param _maxGas Gas limit on L2
    /// @param _gasPriceBid Wei per gas on L2
    /// @param _maxSubmissionCost Most wei for storing the ticket
    function migrateUnbondingLocks(
        address _l1Addr,
        address _l2Addr,
        uint256[] calldata _unbondingLockIds,
        bytes memory _sig,
        uint256 _maxGas,
        uint256 _gasPriceBid,
        uint256 _maxSubmissionCost
    ) external payable whenNotPaused {
        _requireValidMigration(
            _l1Addr,
            _l2Addr,
            keccak256(
                abi.encode(
                    MIGRATE_UNBONDING_LOCKS_TYPE_HASH,
                    _l1Addr,
                    _l2Addr,
                    keccak256(abi.encodePacked(_unbondingLockIds))
                )
            ),
            _sig
        );
        (bytes memory data, MigrateUnbondingLocksParams memory params) = getMigrateUnbondingLocksParams(
            _l1Addr,
            _l2Addr,
            _unbondingLockIds
        );
        uint256 seqNo = _sendTxToL2(l2MigratorAddr, _l2Addr, _maxSubmissionCost, _maxGas, _gasPriceBid, data);
        emit MigrateUnbondingLocksInitiated(seqNo, params);
    }

    /// @notice Sends an account's deposit and reserve
    /// @param _l1Addr Account on L1
    /// @param _l2Addr The same account on L2
    /// @param _sig The account's EIP-712 signature; not used when it calls itself
    /// @param _maxGas Gas limit on L2
    /// @param _gasPriceBid Wei per gas on L2
    /// @param _maxSubmissionCost Most wei for storing the ticket
    function migrateSender(
        address _l1Addr,
        address _l2Addr,
        bytes memory _sig,
        uint256 _maxGas,
        uint256 _gasPriceBid,
        uint256 _maxSubmissionCost
    ) external payable whenNotPaused {
        _requireValidMigration(
            _l1Addr,
            _l2Addr,
            keccak256(abi.encode(MIGRATE_SENDER_TYPE_HASH, _l1Addr, _l2Addr)),
            _sig
        );
        (bytes memory data, MigrateSenderParams memory params) = getMigrateSenderParams(_l1Addr, _l2Addr);
        uint256 seqNo = _sendTxToL2(l2MigratorAddr, _l2Addr, _maxSubmissionCost, _maxGas, _gasPriceBid, data);
        emit MigrateSenderInitiated(seqNo, params);
    }

    /// @notice Sends the BridgeMinter's ether to the L2Migrator; anyone may pay for it
    /// @param _maxGas Gas limit on L2
    /// @param _gasPriceBid Wei per gas on L2
    /// @param _maxSubmissionCost Most wei for storing the ticket
    function migrateETH(
        uint256 _maxGas,
        uint256 _gasPriceBid,
        uint256 _maxSubmissionCost
    ) external payable whenNotPaused {
        uint256 amount = IBridgeMinter(bridgeMinterAddr).withdrawETHToL1Migrator();
        // Refunds go to this contract: whoever gets them could cancel the ticket and take its ether.
        _sendTxToL2(
            l2MigratorAddr,
            address(this),
            msg.value + amount,
            amount,
            _maxSubmissionCost,
            _maxGas,
            _gasPriceBid,
            ""
        );
    }

    /// @notice Sends the BridgeMinter's LPT to the L2Migrator; anyone may pay for it
    /// @param _maxGas Gas limit on L2
    /// @param _gasPriceBid Wei per gas on L2
    /// @param _maxSubmissionCost Wei for storing the ticket
    function migrateLPT(
        uint256 _maxGas,
        uint256 _gasPriceBid,
        uint256 _maxSubmissionCost
    ) external payable whenNotPaused {
        uint256 amount = IBridgeMinter(bridgeMinterAddr).withdrawLPTToL1Migrator();
        IERC20(tokenAddr).approve(l1LPTGatewayAddr, amount);
        ITokenGateway(l1LPTGatewayAddr).outboundTransfer{ value: msg.value }(
            tokenAddr,
            l2MigratorAddr,
            amount,
            _maxGas,
            _gasPriceBid,
            abi.encode(_maxSubmissionCost, bytes(""))
        );
    }

    /// @notice Call that `migrateDelegator` sends
    /// @param _l1Addr Account on L1
    /// @param _l2Addr Account on L2
    /// @return data Calldata for the L2Migrator
    /// @return params What is in it
    function getMigrateDelegatorParams(address _l1Addr, address _l2Addr)
        public
        view
        returns (bytes memory data, MigrateDelegatorParams memory params)
    {
        BondingManager manager = BondingManager(bondingManagerAddr);
        params.l1Addr = _l1Addr;
        params.l2Addr = _l2Addr;
        // The round is not used; the largest means "up to now" to versions that did use it.
        params.stake = manager.pendingStake(_l1Addr, type(uint256).max);
        params.fees = manager.pendingFees(_l1Addr, type(uint256).max);
        (, , params.delegate, params.delegatedStake, , , ) = manager.getDelegator(_l1Addr);
        data = abi.encodeCall(IL2Migrator.finalizeMigrateDelegator, (params));
    }

    /// @notice Call that `migrateUnbondingLocks` sends
    /// @param _l1Addr Account on L1
    /// @param _l2Addr Account on L2
    /// @param _unbondingLockIds Locks, none of them empty
    /// @return data Calldata for the L2Migrator
    /// @return params What is in it
    function getMigrateUnbondingLocksParams(
        address _l1Addr,
        address _l2Addr,
        uint256[] memory _unbondingLockIds
    ) public view returns (bytes memory data, MigrateUnbondingLocksParams memory params) {
        require(_unbondingLockIds.length > 0, "EMPTY_LOCK_IDS");
        BondingManager manager = BondingManager(bondingManagerAddr);
        for (uint256 i = 0; i < _unbondingLockIds.length; i++) {
            (uint256 amount, ) = manager.getDelegatorUnbondingLock(_l1Addr, _unbondingLockIds[i]);
            require(amount > 0, "ZERO_LOCK_AMOUNT");
            params.total += amount;
        }
        params.l1Addr = _l1Addr;
        params.l2Addr = _l2Addr;
        params.unbondingLockIds = _unbondingLockIds;
        (, , params.delegate, , , , ) = manager.getDelegator(_l1Addr);
        data = abi.encodeCall(IL2Migrator.finalizeMigrateUnbondingLocks, (params));
    }

    /// @notice Call that `migrateSender` sends
    /// @param _l1Addr Account on L1
    /// @param _l2Addr Account on L2
    /// @return data Calldata for the L2Migrator
    /// @return params What is in it
    function getMigrateSenderParams(address _l1Addr, address _l2Addr)
        public
        view
        returns (bytes memory data, MigrateSenderParams memory params)
    {
        (MixinTicketBrokerCore.Sender memory sender, MReserve.ReserveInfo memory reserve) = TicketBroker(
            ticketBrokerAddr
        ).getSenderInfo(_l1Addr);
        params.l1Addr = _l1Addr;
        params.l2Addr = _l2Addr;
        params.deposit = sender.deposit;
        params.reserve = reserve.fundsRemaining;
        data = abi.encodeCall(IL2Migrator.finalizeMigrateSender, (params));
    }

    /// @dev The account itself must want it, and only for itself: the L2Migrator may change the delegate of any
    /// account on L2, so an account named freely here could be moved against its will.
    function _requireValidMigration(
        address _l1Addr,
        address _l2Addr,
        bytes32 _structHash,
        bytes memory _sig
    ) private view {
        require(_l2Addr != address(0), "INVALID_L2_ADDR");
        require(_l1Addr == _l2Addr, "L2_ADDR_MISMATCH");
        require(
            msg.sender == _l1Addr || ECDSA.recover(_hashTypedDataV4(_structHash), _sig) == _l1Addr,
            "FAIL_AUTH"
        );
    }
}
