/* Settings, IGNY8: asks before what cannot be undone, says what is at work while a button waits, and leads the focus to what came of it. */
( function () {
	var state = document.getElementById( 'igny8-state' );
	if ( ! state ) {
		return;
	}
	document.querySelectorAll( 'form[data-igny8-busy]' ).forEach( function ( form ) {
		form.addEventListener( 'submit', function ( event ) {
			var busy    = form.getAttribute( 'data-igny8-busy' );
			var confirm = form.getAttribute( 'data-igny8-confirm' );
			var box     = document.createElement( 'div' );
			if ( confirm && ! window.confirm( confirm ) ) {
				event.preventDefault();
				return;
			}
			form.querySelectorAll( '[type=submit]' ).forEach( function ( button ) {
				button.disabled = true;
			} );
			if ( busy ) {
				box.className = 'notice notice-info inline';
				box.appendChild( document.createElement( 'p' ) ).textContent = busy;
				state.replaceChildren( box );
			}
		} );
	} );
	window.addEventListener( 'pageshow', function ( event ) {
		if ( event.persisted ) {
			document.querySelectorAll( 'form[data-igny8-busy] [type=submit]' ).forEach( function ( button ) {
				button.disabled = false;
			} );
		}
	} );
	if ( /[?&]igny8=/.test( window.location.search ) ) {
		state.focus();
	}
}() );
