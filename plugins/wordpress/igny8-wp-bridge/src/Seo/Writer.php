<?php
/**
 * Writes the SEO fields of one order.
 *
 * @package Igny8\Bridge
 */

namespace Igny8\Bridge\Seo;

use Igny8\Bridge\Core\DatabaseError;
use Igny8\Bridge\Core\Fault;
use Igny8\Bridge\Core\Refusal;
use Igny8\Bridge\Core\Warnings;

defined( 'ABSPATH' ) || exit;

/**
 * Hands an order's SEO fields to the adapters before the post goes live, and asks them afterwards what
 * is there. Nothing that goes wrong here fails the post: it becomes a warning.
 */
final class Writer {

	/**
	 * The adapters in charge.
	 *
	 * @var Adapter[]
	 */
	private $adapters;

	/**
	 * The fields.
	 *
	 * @var SeoFields
	 */
	private $fields;

	/**
	 * Gets what went wrong.
	 *
	 * @var Warnings
	 */
	private $warnings;

	/**
	 * Adapters that failed while writing, by their names.
	 *
	 * @var array<string, true>
	 */
	private $failed = array();

	/**
	 * Looks up who is in charge.
	 *
	 * @param SeoFields $fields   The fields.
	 * @param Warnings  $warnings Gets what goes wrong.
	 */
	public function __construct( SeoFields $fields, Warnings $warnings ) {
		$this->fields   = $fields;
		$this->warnings = $warnings;
		$this->adapters = Plugins::in_charge();
	}

	/**
	 * What the fields are to be.
	 *
	 * @return array<string, mixed> Values by the plugin's letter and the field: `y.title`.
	 */
	public function wanted() {
		$wanted = array();
		foreach ( $this->adapters as $adapter ) {
			foreach ( $this->part_of( $adapter ) as $field => $value ) {
				$wanted[ $adapter->letter() . '.' . $field ] = $value;
			}
		}
		return $wanted;
	}

	/**
	 * Writes the fields.
	 *
	 * @param int      $post_id The post.
	 * @param callable $look    Looks whether somebody else wrote, where an adapter can keep everybody out.
	 * @throws Refusal When the claim was lost meanwhile, or somebody else wrote.
	 * @throws DatabaseError When the database is in the way.
	 */
	public function write( $post_id, callable $look ) {
		foreach ( $this->adapters as $adapter ) {
			$values = $this->part_of( $adapter );
			if ( ! $values ) {
				continue;
			}
			try {
				$adapter->write( $post_id, $values, $look );
			} catch ( Refusal $refusal ) {
				throw $refusal;
			} catch ( DatabaseError $error ) {
				throw $error;
			} catch ( \Throwable $error ) {
				$this->failed[ $adapter->name() ] = true;
				$this->warnings->add( 'seo_failed', 'seo_title', Fault::told( $adapter->name() . ' could not store the SEO fields.', $error ) );
			}
		}
		$this->warn_of_the_homeless();
	}

	/**
	 * Compares what the adapters read with what was written. Called when the post is saved, because
	 * some plugins take over what they print only then.
	 *
	 * @param int $post_id The post.
	 */
	public function verify( $post_id ) {
		foreach ( $this->adapters as $adapter ) {
			$values = $this->part_of( $adapter );
			if ( ! $values || isset( $this->failed[ $adapter->name() ] ) ) {
				continue;
			}
			$read = $adapter->read( $post_id );
			foreach ( $values as $field => $value ) {
				if ( $read[ $field ] !== $value ) {
					$this->warnings->add( 'seo_altered', SeoFields::PAYLOAD[ $field ], $adapter->name() . ' did not keep this as it was sent.' );
				}
			}
		}
	}

	/**
	 * The values that an adapter has a place for.
	 *
	 * @param Adapter $adapter The adapter.
	 * @return array<string, mixed>
	 */
	private function part_of( Adapter $adapter ) {
		return array_intersect_key( $this->fields->values, array_flip( $adapter->fields() ) );
	}

	/**
	 * Warns of values that no adapter has a place for.
	 */
	private function warn_of_the_homeless() {
		$places = array( Adapter::PRIMARY_CATEGORY => true );
		foreach ( $this->adapters as $adapter ) {
			$places += array_flip( $adapter->fields() );
		}
		foreach ( array_filter( array_diff_key( $this->fields->values, $places ) ) as $field => $value ) {
			$this->warnings->add( 'not_supported', SeoFields::PAYLOAD[ $field ], 'No active SEO plugin has a place for this.' );
		}
	}
}
