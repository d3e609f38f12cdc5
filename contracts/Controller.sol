// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "./IController.sol";
import "./IManager.sol";

/// @title Registry that names the protocol's contracts, and its pause switch
/// @dev Starts paused. Proxies read their implementation from here, so registering `<Name>Target` is an upgrade.
contract Controller is IController {
    struct ContractInfo {
        address contractAddress;
        bytes20 gitCommitHash;
    }

    mapping(bytes32 => ContractInfo) private registry;

    constructor() {
        paused = true;
    }

    /// @inheritdoc IController
    function setContractInfo(
        bytes32 _id,
        address _contractAddress,
        bytes20 _gitCommitHash
    ) external override onlyOwner {
        registry[_id] = ContractInfo({ contractAddress: _contractAddress, gitCommitHash: _gitCommitHash });
        emit SetContractInfo(_id, _contractAddress, _gitCommitHash);
    }

    /// @inheritdoc IController
    function updateController(bytes32 _id, address _controller) external override onlyOwner {
        IManager(registry[_id].contractAddress).setController(_controller);
    }

    /// @notice Address and commit registered for an id
    /// @param _id keccak256 of the contract's name
    function getContractInfo(bytes32 _id) external view returns (address, bytes20) {
        ContractInfo storage info = registry[_id];
        return (info.contractAddress, info.gitCommitHash);
    }

    /// @inheritdoc IController
    function getContract(bytes32 _id) external view override returns (address) {
        return registry[_id].contractAddress;
    }
}
