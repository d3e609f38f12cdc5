// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "./IController.sol";
import "./IControlled.sol";

/// @title Base of contracts that answer to a controller
abstract contract Controlled is IControlled {
    /// @notice Registry this contract looks its neighbors up in
    IController public controller;

    modifier onlyController() {
        _requireController();
        _;
    }

    modifier onlyControllerOwner() {
        _requireControllerOwner();
        _;
    }

    modifier whenSystemNotPaused() {
        _requireSystemNotPaused();
        _;
    }

    modifier whenSystemPaused() {
        _requireSystemPaused();
        _;
    }

    constructor(address _controller) {
        controller = IController(_controller);
    }

    /// @inheritdoc IControlled
    function setController(address _controller) external override onlyController {
        controller = IController(_controller);
        emit SetController(_controller);
    }

    function _requireController() private view {
        require(msg.sender == address(controller), "caller must be Controller");
    }

    function _requireControllerOwner() private view {
        require(msg.sender == controller.owner(), "caller must be Controller owner");
    }

    function _requireSystemNotPaused() private view {
        require(!controller.paused(), "system is paused");
    }

    function _requireSystemPaused() private view {
        require(controller.paused(), "system is not paused");
    }
}
