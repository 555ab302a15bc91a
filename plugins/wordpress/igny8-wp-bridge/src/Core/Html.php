<?php
/**
 * What markup may pass.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Core;

defined( 'ABSPATH' ) || exit;

/**
 * Sanitises titles and bodies, whatever the author may do: for an administrator WordPress itself would
 * let scripts through. What is clean already keeps its very bytes.
 */
final class Html {

	/**
	 * Hosts whose players may be embedded in frames.
	 */
	const FRAME_HOSTS = array(
		'www.youtube.com',
		'youtube.com',
		'www.youtube-nocookie.com',
		'youtube-nocookie.com',
		'player.vimeo.com',
		'open.spotify.com',
		'w.soundcloud.com',
		'www.google.com',
		'maps.google.com',
	);

	const FRAME_ATTRIBUTES = array(
		'src'             => true,
		'title'           => true,
		'width'           => true,
		'height'          => true,
		'allow'           => true,
		'allowfullscreen' => true,
		'frameborder'     => true,
		'loading'         => true,
		'referrerpolicy'  => true,
		'style'           => true,
		'class'           => true,
	);

	/**
	 * Properties of inline styles that newer WordPress keeps and older does not.
	 */
	const NEWER_STYLES = array(
		'aspect-ratio',
		'background-repeat',
		'flex-wrap',
		'gap',
		'margin-block-end',
		'margin-block-start',
		'margin-inline-end',
		'margin-inline-start',
		'object-fit',
		'padding-block-end',
		'padding-block-start',
		'padding-inline-end',
		'padding-inline-start',
		'row-gap',
	);

	const INLINE = array(
		'b'      => array(),
		'br'     => array(),
		'code'   => array(),
		'em'     => array(),
		'i'      => array(),
		'mark'   => array(),
		's'      => array(),
		'small'  => array(),
		'span'   => array(
			'class' => true,
			'dir'   => true,
			'lang'  => true,
		),
		'strong' => array(),
		'sub'    => array(),
		'sup'    => array(),
	);

	/**
	 * Cleans a title.
	 *
	 * @param string $title HTML text.
	 * @return string
	 */
	public static function clean_title( $title ) {
		return wp_kses( UnseenText::removed( $title ), self::INLINE );
	}

	/**
	 * Cleans a body or an excerpt.
	 *
	 * @param string $html HTML or block markup.
	 * @return string Empty when PHP's regular expressions gave up on it.
	 */
	public static function clean_body( $html ) {
		return self::without_foreign_frames( self::without_odd_sources( self::kses( self::with_clean_block_attributes( self::with_safe_escapes( UnseenText::removed( $html ) ) ) ) ) );
	}

	/**
	 * The tags and attributes of WordPress's posts, and those that articles and their layout need.
	 *
	 * @return array<string, array<string, bool|array>>
	 */
	private static function allowed() {
		$tags   = wp_kses_allowed_html( 'post' );
		$extras = array_fill_keys( array( 'dir', 'lang', 'aria-controls', 'aria-current', 'aria-expanded', 'aria-level', 'aria-live', 'aria-modal' ), true );
		unset( $tags['form'], $tags['button'], $tags['textarea'], $tags['fieldset'], $tags['object'] );
		foreach ( $tags as $tag => $attributes ) {
			$tags[ $tag ] = is_array( $attributes ) ? $attributes + $extras : $extras;
		}
		foreach ( array( 'ruby', 'rb', 'rp', 'rt', 'rtc' ) as $tag ) {
			$tags += array( $tag => $tags['em'] );
		}
		$tags['img'] += array_fill_keys( array( 'srcset', 'sizes', 'decoding', 'fetchpriority' ), true );
		$tags['a']   += array( 'hreflang' => true );

		$tags['a']['download'] = true;
		$tags['iframe']        = self::FRAME_ATTRIBUTES;
		$tags['picture']       = $extras + array( 'class' => true );
		$tags['source']        = array_fill_keys( array( 'src', 'srcset', 'sizes', 'media', 'type' ), true );
		return $tags;
	}

	/**
	 * Runs kses without its step for block attributes, which is ours to take: core's writes all block
	 * comments anew, even where nothing had to be removed.
	 *
	 * @param string $html The markup.
	 * @return string
	 */
	private static function kses( $html ) {
		$priority = has_filter( 'pre_kses', 'wp_pre_kses_block_attributes' );
		if ( false !== $priority ) {
			remove_filter( 'pre_kses', 'wp_pre_kses_block_attributes', $priority );
		}
		add_filter( 'safe_style_css', array( self::class, 'with_newer_styles' ) );
		try {
			return wp_kses( $html, self::allowed() );
		} finally {
			remove_filter( 'safe_style_css', array( self::class, 'with_newer_styles' ) );
			if ( false !== $priority ) {
				add_filter( 'pre_kses', 'wp_pre_kses_block_attributes', $priority, 3 );
			}
		}
	}

	/**
	 * Lets the same styles through whatever the WordPress.
	 *
	 * @param string[] $properties What this WordPress keeps.
	 * @return string[]
	 */
	public static function with_newer_styles( $properties ) {
		return array_merge( $properties, self::NEWER_STYLES );
	}

	/**
	 * Spells quotes and dashes in the attributes of blocks as WordPress itself does: kses takes the
	 * backslash from a quote, and a dash from two, and JSON that has lost either is none.
	 *
	 * @param string $html Block markup.
	 * @return string
	 */
	private static function with_safe_escapes( $html ) {
		$parts = explode( '-->', $html );
		foreach ( array_slice( array_keys( $parts ), 0, -1 ) as $number ) {
			$begin   = strrpos( $parts[ $number ], '<!--' );
			$comment = false === $begin ? '' : substr( $parts[ $number ], $begin );
			if ( 1 === preg_match( '#\A<!--\s{1,9}wp:[a-z][\w/-]{0,200}\s{1,9}(?=\{)#', $comment, $name ) ) {
				$parts[ $number ] = substr( $parts[ $number ], 0, $begin ) . $name[0] . self::safely_escaped( substr( $comment, strlen( $name[0] ) ) );
			}
		}
		return implode( '-->', $parts );
	}

	/**
	 * JSON without backslashes before quotes, and without two dashes in a row.
	 *
	 * @param string $json The JSON.
	 * @return string
	 */
	private static function safely_escaped( $json ) {
		$escaped = preg_replace_callback(
			'#\\\\(["\\\\])(?=(")?)#',
			static function ( $escape ) {
				return '"' === $escape[1] ? '\u0022' : ( isset( $escape[2] ) ? '\u005c' : $escape[0] );
			},
			$json
		);
		return str_replace( '--', '\u002d\u002d', (string) $escaped );
	}

	/**
	 * Cleans the attributes in block comments. Where nothing but the spelling of an ampersand would
	 * change, all bytes stay as they are.
	 *
	 * @param string $html Block markup.
	 * @return string
	 */
	private static function with_clean_block_attributes( $html ) {
		if ( false === strpos( $html, '<!-- wp:' ) || ! function_exists( 'filter_block_kses' ) ) {
			return $html;
		}
		$blocks = parse_blocks( $html );
		$clean  = array();
		foreach ( $blocks as $block ) {
			$clean[] = filter_block_kses( $block, self::allowed() );
		}
		return self::attributes_of( $blocks ) === self::attributes_of( $clean ) ? $html : serialize_blocks( $clean );
	}

	/**
	 * All attributes of blocks, in order, with ampersands as kses spells them.
	 *
	 * @param array[] $blocks Parsed blocks.
	 * @return array
	 */
	private static function attributes_of( array $blocks ) {
		return array_map(
			static function ( $block ) {
				return array( $block['blockName'], map_deep( $block['attrs'], array( self::class, 'spelled' ) ), self::attributes_of( $block['innerBlocks'] ) );
			},
			$blocks
		);
	}

	/**
	 * A value with its entities spelled as kses does.
	 *
	 * @param mixed $value An attribute's value.
	 * @return mixed
	 */
	public static function spelled( $value ) {
		return is_string( $value ) ? wp_kses_normalize_entities( $value ) : $value;
	}

	/**
	 * Removes lists of image sources that name anything but files: kses looks at the first address only.
	 *
	 * @param string $html Markup that went through kses.
	 * @return string
	 */
	private static function without_odd_sources( $html ) {
		if ( false === stripos( $html, 'srcset' ) ) {
			return $html;
		}
		return (string) preg_replace_callback(
			'#<(?:img|source)\b[^>]*>#i',
			static function ( $tag ) {
				return preg_replace( '#\ssrcset\s*=\s*(["\'])(?:(?!\1).)*?(?:javascript|vbscript|data)\s*:(?:(?!\1).)*\1#is', '', $tag[0] );
			},
			$html
		);
	}

	/**
	 * Removes frames of hosts that are not on the list.
	 *
	 * @param string $html Markup that went through kses.
	 * @return string
	 */
	private static function without_foreign_frames( $html ) {
		if ( false === stripos( $html, '<iframe' ) ) {
			return $html;
		}
		return (string) preg_replace_callback(
			'#<iframe\b([^>]*)>(?:[^<]*</iframe\s*>)?#i',
			static function ( $frame ) {
				preg_match( '#\ssrc=(["\'])(https://[^"\']+)\1#i', $frame[1], $source );
				$host = isset( $source[2] ) ? wp_parse_url( $source[2], PHP_URL_HOST ) : null;
				return in_array( $host, self::FRAME_HOSTS, true ) ? $frame[0] : '';
			},
			$html
		);
	}
}
