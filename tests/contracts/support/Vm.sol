// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

/// @title The part of forge's cheat codes that the tests use
interface Vm {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function addr(uint256 privateKey) external pure returns (address);

    function assume(bool condition) external pure;

    function deal(address account, uint256 amount) external;

    function etch(address account, bytes calldata code) external;

    function expectEmit(
        bool topic1,
        bool topic2,
        bool topic3,
        bool data,
        address emitter
    ) external;

    function expectRevert() external;

    function expectRevert(bytes calldata data) external;

    function getRecordedLogs() external returns (Log[] memory);

    function load(address account, bytes32 slot) external view returns (bytes32);

    function prank(address sender) external;

    function recordLogs() external;

    function roll(uint256 blockNumber) external;

    function sign(uint256 privateKey, bytes32 digest)
        external
        pure
        returns (
            uint8 v,
            bytes32 r,
            bytes32 s
        );

    function startPrank(address sender) external;

    function stopPrank() external;

    function warp(uint256 timestamp) external;
}
