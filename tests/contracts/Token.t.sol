// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../../contracts/token/LivepeerToken.sol";
import "../../contracts/token/LivepeerTokenFaucet.sol";
import "./support/Test.sol";

contract TokenTest is Test {
    event Mint(address indexed to, uint256 amount);
    event Burn(address indexed burner, uint256 amount);
    event Request(address indexed to, uint256 amount);

    bytes32 private constant MINTER_ROLE = keccak256("MINTER_ROLE");
    bytes32 private constant BURNER_ROLE = keccak256("BURNER_ROLE");
    address private constant ALICE = address(0xa11ce);

    LivepeerToken private token;
    LivepeerTokenFaucet private faucet;

    function setUp() public {
        vm.warp(1000000);
        token = new LivepeerToken();
        token.grantRole(MINTER_ROLE, address(this));
        faucet = new LivepeerTokenFaucet(address(token), 10 ether, 2);
        token.mint(address(faucet), 100 ether);
    }

    function test_IsLpt() public view {
        assertEq(token.name(), "Livepeer Token", "name");
        assertEq(token.symbol(), "LPT", "symbol");
        assertEq(token.decimals(), 18, "decimals");
        assertTrue(token.hasRole(bytes32(0), address(this)), "deployer is admin");
        (, string memory name, string memory version, , , , ) = token.eip712Domain();
        assertEq(name, "Livepeer Token", "domain name");
        assertEq(version, "1", "domain version");
    }

    function test_MintsAndBurnsOnlyByRole() public {
        expectEvent(address(token));
        emit Mint(ALICE, 5);
        token.mint(ALICE, 5);

        vm.prank(ALICE);
        expectReason(
            "AccessControl: account 0x00000000000000000000000000000000000a11ce is missing role 0x9f2df0fed2c77648de5860a4cc508cd0818c85b8b8a1ab4ceeef8d981c8956a6"
        );
        token.mint(ALICE, 5);
        vm.prank(ALICE);
        expectReason(
            "AccessControl: account 0x00000000000000000000000000000000000a11ce is missing role 0x3c11d16cbaffd01df69ce1c404f6340ee057498f5f00246190ea54220576a848"
        );
        token.burn(5);

        token.grantRole(BURNER_ROLE, ALICE);
        vm.startPrank(ALICE);
        expectEvent(address(token));
        emit Burn(ALICE, 2);
        token.burn(2);
        expectReason("ERC20: insufficient allowance");
        token.burnFrom(address(this), 1);
        expectReason("ERC20: burn amount exceeds balance");
        token.burn(4);
        expectReason("ERC20: transfer amount exceeds balance");
        token.transfer(address(this), 4);
        vm.stopPrank();

        token.mint(address(this), 4);
        token.approve(ALICE, 4);
        vm.prank(ALICE);
        expectEvent(address(token));
        emit Burn(address(this), 4);
        token.burnFrom(address(this), 4);
        assertEq(token.totalSupply(), 100 ether + 3, "supply");
    }

    function test_UnlimitedAllowanceStays() public {
        token.mint(address(this), 10);
        token.approve(ALICE, type(uint256).max);
        vm.prank(ALICE);
        token.transferFrom(address(this), ALICE, 10);
        assertEq(token.allowance(address(this), ALICE), type(uint256).max, "allowance");
        assertTrue(token.increaseAllowance(address(1), 7), "increase");
        assertTrue(token.decreaseAllowance(address(1), 5), "decrease");
        assertEq(token.allowance(address(this), address(1)), 2, "changed");
    }

    function test_PermitTakesASignature() public {
        uint256 key = 0xbeef;
        address owner = vm.addr(key);
        bytes32 typehash = keccak256(
            "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
        );
        bytes32 content = keccak256(abi.encode(typehash, owner, ALICE, 3, 0, block.timestamp));
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", token.DOMAIN_SEPARATOR(), content));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        token.permit(owner, ALICE, 3, block.timestamp, v, r, s);
        assertEq(token.allowance(owner, ALICE), 3, "allowance");
        assertEq(token.nonces(owner), 1, "nonce");
    }

    function test_FaucetPaysOncePerWait() public {
        vm.startPrank(ALICE);
        expectEvent(address(faucet));
        emit Request(ALICE, 10 ether);
        faucet.request();
        assertEq(faucet.nextValidRequest(ALICE), block.timestamp + 2 hours, "next");
        vm.warp(block.timestamp + 2 hours - 1);
        expectNoReason();
        faucet.request();
        vm.warp(block.timestamp + 1);
        faucet.request();
        vm.stopPrank();
        assertEq(token.balanceOf(ALICE), 20 ether, "balance");
    }

    function test_FaucetLetsTheWhitelistRequestAtWill() public {
        faucet.addToWhitelist(ALICE);
        vm.startPrank(ALICE);
        faucet.request();
        faucet.request();
        assertEq(faucet.nextValidRequest(ALICE), 0, "no wait");
        expectNoReason();
        faucet.addToWhitelist(ALICE);
        expectNoReason();
        faucet.removeFromWhitelist(ALICE);
        vm.stopPrank();
        faucet.removeFromWhitelist(ALICE);
        assertTrue(!faucet.isWhitelisted(ALICE), "removed");
    }
}
