// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "./Vm.sol";

/// @title Base of the tests: cheat codes and comparisons that say what they found
abstract contract Test {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    error NotEqual(string what, uint256 got, uint256 expected);
    error NotEqualAddress(string what, address got, address expected);
    error NotEqualBytes32(string what, bytes32 got, bytes32 expected);
    error NotTrue(string what);

    function assertTrue(bool condition, string memory what) internal pure {
        if (!condition) revert NotTrue(what);
    }

    function assertEq(
        uint256 got,
        uint256 expected,
        string memory what
    ) internal pure {
        if (got != expected) revert NotEqual(what, got, expected);
    }

    function assertEq(
        address got,
        address expected,
        string memory what
    ) internal pure {
        if (got != expected) revert NotEqualAddress(what, got, expected);
    }

    function assertEq(
        bytes32 got,
        bytes32 expected,
        string memory what
    ) internal pure {
        if (got != expected) revert NotEqualBytes32(what, got, expected);
    }

    function assertEq(
        string memory got,
        string memory expected,
        string memory what
    ) internal pure {
        assertEq(keccak256(bytes(got)), keccak256(bytes(expected)), what);
    }

    /// @dev The next call must fail with exactly this reason
    function expectReason(string memory reason) internal {
        vm.expectRevert(abi.encodeWithSignature("Error(string)", reason));
    }

    /// @dev The next call must fail without any reason
    function expectNoReason() internal {
        vm.expectRevert(bytes(""));
    }

    /// @dev The next call must fail with an arithmetic or array panic
    function expectPanic(uint256 code) internal {
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", code));
    }

    /// @dev The call that follows must emit the event that is emitted next in the test
    function expectEvent(address emitter) internal {
        vm.expectEmit(true, true, true, true, emitter);
    }

    function bound(
        uint256 value,
        uint256 min,
        uint256 max
    ) internal pure returns (uint256) {
        return min + (value % (max - min + 1));
    }
}
