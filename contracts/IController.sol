// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "./zeppelin/Pausable.sol";

/// @title Registry of the protocol's contracts and holder of the pause switch
abstract contract IController is Pausable {
    /// @notice A name was bound to an address (nothing is indexed: indexers read the whole log)
    event SetContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash);

    /// @notice Binds an id to a contract
    /// @param _id keccak256 of the contract's name
    /// @param _contractAddress Address to register; zero unregisters
    /// @param _gitCommitHash Commit the contract was built from
    function setContractInfo(
        bytes32 _id,
        address _contractAddress,
        bytes20 _gitCommitHash
    ) external virtual;

    /// @notice Hands a registered contract over to another controller
    /// @param _id keccak256 of the contract's name
    /// @param _controller The controller that takes over
    function updateController(bytes32 _id, address _controller) external virtual;

    /// @notice Address registered for an id
    /// @param _id keccak256 of the contract's name
    /// @return Registered address, zero when unknown
    function getContract(bytes32 _id) external view virtual returns (address);
}
